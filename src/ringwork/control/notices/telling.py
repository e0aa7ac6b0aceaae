"""Tells what is due: by POST, signed as Standard Webhooks 1.0 has it, again and again for a day."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ringwork import __version__
from ringwork.control.notices.model import Notice
from ringwork.control.notices.ports import NoticeRecords
from ringwork.intent.people import NotifyIntent
from ringwork.kernel.clock import Clock

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 10.0
_AT_ONCE = 20
_GIVEN_UP_AFTER = timedelta(days=1)
# After the first failure, the second, …; then the last, again and again.
_PAUSES = (5, 30, 120, 600, 3600)
_GONE = 410
_PREFIX = "whsec_"


class Unheard(Exception):  # an answer, and the shortest way to it
    """Whoever was told did not hear; the text says why."""


class Telling:
    """`said` is whom the live revision tells, None: nobody; `secret` resolves references."""

    def __init__(
        self,
        records: NoticeRecords,
        *,
        said: Callable[[], NotifyIntent | None],
        secret: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._records = records
        self._said = said
        self._secret = secret
        self._clock = clock

    def tell(self) -> int:
        """Everything that is due; how much was heard. Raises Unheard after the first that was not."""
        now = self._clock().replace(microsecond=0)
        due = self._records.due(now, limit=_AT_ONCE)
        said = self._said() if due else None
        for count, notice in enumerate(due):
            if said is not None:
                try:
                    self._post(notice, said, now)
                except Unheard as unheard:
                    self._again(notice, now)
                    raise Unheard(
                        f"{notice.kind} could not be told: {unheard} (told {count} before)"
                    ) from None
            self._records.done(notice.id)
        return len(due)

    def _again(self, notice: Notice, now: datetime) -> None:
        if now - notice.made_at >= _GIVEN_UP_AFTER:
            self._records.done(notice.id)
        else:
            pause = _PAUSES[min(notice.tries, len(_PAUSES) - 1)]
            self._records.later(notice.id, now + timedelta(seconds=pause))

    def _post(self, notice: Notice, said: NotifyIntent, now: datetime) -> None:
        """Raises Unheard. Whoever answers 410 wants no notices: it is done."""
        import httpx

        headers = {
            "content-type": "application/json",
            "user-agent": f"ringwork/{__version__}",
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if said.secret is not None:
            headers["webhook-signature"] = signature(self._key(said.secret), notice, now)
        try:
            with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
                answer = client.post(said.url, content=notice.body, headers=headers)
        except httpx.HTTPError as error:
            raise Unheard(f"no answer of {said.url}: {str(error) or type(error).__name__}") from None
        _demand_heard(answer)

    def _key(self, reference: str) -> bytes:
        try:
            return signing_key(self._secret(reference))
        except (LookupError, OSError, ValueError) as error:
            raise Unheard(f"its secret cannot be used: {error}") from None


def signing_key(secret: str) -> bytes:
    """Of `whsec_…`, base64; any other text is its own bytes. Raises ValueError."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def signature(key: bytes, notice: Notice, at: datetime) -> str:
    """Standard Webhooks 1.0, "Signature scheme": HMAC-SHA256 of id, timestamp and body."""
    signed = f"{notice.id}.{int(at.timestamp())}.".encode() + notice.body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _demand_heard(answer: httpx.Response) -> None:
    if not answer.is_success and answer.status_code != _GONE:
        raise Unheard(f"{answer.url} answered {answer.status_code}")

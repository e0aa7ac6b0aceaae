"""What a browser is in the middle of: sealed, and in its cookie. Here nothing is kept of strangers.

Whoever begins a login costs no memory, and a restart in the middle ends none.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from pydantic import TypeAdapter, ValidationError

from ringwork.control.oauth.users.model import User
from ringwork.control.oauth.users.requests import Request
from ringwork.control.people.logins import s256
from ringwork.control.sealing import derived_key, seal, unseal
from ringwork.kernel.clock import Clock

LIFETIME = timedelta(minutes=10)
# Browsers keep 4,096 bytes of a cookie, name and attributes included.
_LONGEST = 3_800
_MOST_OPENED = 16 * 1024
_WHAT = b"user visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """`request` None: the user looks at what he allowed. Before he is known, `state`, `nonce` and `verifier` bind the
    provider's answer to this browser; afterwards `csrf` binds forms to it.
    """

    request: Request | None
    expires_at: int
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    csrf: str = field(default="", repr=False)
    user: User | None = None

    @property
    def challenge(self) -> str:
        return s256(self.verifier)


_VISIT = TypeAdapter(Visit)


class TooLong(Exception):
    """It does not fit a cookie."""


class Visits:
    """`key` gives the 32 bytes that what they are sealed with is derived from."""

    def __init__(self, key: Callable[[], bytes], clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def begin(self, request: Request | None) -> Visit:
        ends = int((self._clock() + LIFETIME).timestamp())
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Visit(request, ends, state, nonce, verifier)

    def known(self, visit: Visit, user: User) -> Visit:
        """The provider said who it is: its answer is good once."""
        return replace(visit, user=user, state="", nonce="", verifier="", csrf=secrets.token_urlsafe(32))

    def sealed(self, visit: Visit) -> str:
        """Raises TooLong."""
        text = self.seal(json.dumps(asdict(visit)).encode(), of=_WHAT)
        if len(text) > _LONGEST:
            raise TooLong
        return text

    def opened(self, text: str | None) -> Visit | None:
        """None: it is none of ours, or is over."""
        found = None if text is None else self.unsealed(text, of=_WHAT)
        try:
            visit = None if found is None else _VISIT.validate_json(found)
        except ValidationError:  # of another release
            return None
        return visit if visit is not None and self._clock() < _at(visit.expires_at) else None

    def seal(self, data: bytes, *, of: bytes) -> str:
        sealed = seal(self._sealing(), zlib.compress(data, 9), of=of)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def unsealed(self, text: str, *, of: bytes) -> bytes | None:
        if len(text) > _MOST_OPENED:
            return None
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            return zlib.decompress(unseal(self._sealing(), sealed, of=of))
        except (InvalidTag, ValueError, binascii.Error, zlib.error):
            return None

    def _sealing(self) -> bytes:
        return derived_key(self._key(), b"user visits")


def _at(unix_s: int) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)

"""Secrets are handed over: whoever has the link reads them once, and nobody after that.

What waits is sealed with a key that is derived of the store's and of the link's own secret: neither a copy of the
store, nor whoever owns it, reads it without the link.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag

from ringwork.control.consumers.model import Account
from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.handovers.model import Handover
from ringwork.control.handovers.ports import HandoverRecords
from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.people.tokens import HANDOVER, LONGEST, Minted, hashed, minted
from ringwork.control.sealing import derived_key, seal, unseal
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

LONGEST_WAIT = timedelta(days=30)
_KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class PreparedHandover:
    """`token`: the link's own secret."""

    token: Minted
    record: Handover
    sealed: bytes


class Handovers:
    """`key` gives the 32 bytes the store's secrets are sealed with."""

    def __init__(self, records: HandoverRecords, *, key: Callable[[], bytes], clock: Clock) -> None:
        self._records = records
        self._key = key
        self._clock = clock

    def prepare(self, account: Account, secrets: Mapping[str, str], lifetime: timedelta) -> PreparedHandover:
        """Of `secrets`, each by what it is; its link leads nowhere before it is kept."""
        token, now = minted(HANDOVER), self.now()
        record = Handover(token.id, token.sha256, account.id, tuple(secrets), now, now + lifetime)
        sealed = seal(self._key_of(token.text), json.dumps(dict(secrets)).encode(), of=token.id.encode())
        return PreparedHandover(token, record, sealed)

    def keep(self, prepared: PreparedHandover) -> None:
        self._records.add(prepared.record, prepared.sealed)

    def list(self, *, limit: int, after: str = "") -> list[Handover]:
        """Those of three months, by id."""
        return self._records.all(limit=limit, after=after)

    def demand(self, handover_id: str) -> Handover:
        """Raises Refused when there is none of this id."""
        return _there(self._records.find(handover_id), handover_id)

    def end(self, handover_id: str, demand: Demand[Handover] = nothing_demanded) -> Handover:
        """Its link leads nowhere from now on; what was opened, was. Again is no error. Raises Refused."""
        return _there(self._records.end(handover_id, self.now(), demand), handover_id)

    def behind(self, token: str) -> Handover | None:
        """What a link leads to, opened or not; None: nowhere."""
        found = self._records.found(hashed(token)) if len(token) <= LONGEST else None
        return None if found is None or found.state(self.now()) in ("ended", "expired") else found

    def open(self, token: str) -> dict[str, str] | None:
        """The secrets, each by what it is: this once. None: nothing waits there."""
        found = self.behind(token)
        if found is None or found.opened_at is not None:
            return None
        # Whoever has the link: more is not known of him.
        with acting(Actor(f"account:{found.account}", "handover", f"handover:{found.id}")):
            sealed = self._records.open(found.id, self.now())
        if sealed is None:
            return None
        try:
            opened: dict[str, str] = json.loads(unseal(self._key_of(token), sealed, of=found.id.encode()))
        except InvalidTag:
            message, help = "what waited here was sealed with another key", "Make the keys anew."
            raise Refused("handover-unreadable", message, help, status=503) from None
        return opened

    def forget_old(self) -> None:
        now = self.now()
        self._records.forget(now, now - _KEPT_FOR)

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _key_of(self, token: str) -> bytes:
        return derived_key(self._key(), b"handover " + token.encode())


def _there(found: Handover | None, handover_id: str) -> Handover:
    if found is None:
        message, help = f"there is no handover {handover_id}", "`ringwork handover list` shows them."
        raise Refused("handover-unknown", message, help, status=404)
    return found

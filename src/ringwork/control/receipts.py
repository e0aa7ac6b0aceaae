"""Receipts: what was answered to a request that names itself (`Idempotency-Key`), so that it can be sent again.

A receipt is written in the transaction of the change it is for. Its answer may hold what is shown once, so it is
sealed with a key nobody keeps: it is made of the state's own and of the name the caller gave his request, of which
the store has a keyed hash. docs/decisions/0020 says why.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ringwork.control.sealing import derived_key, seal, unseal
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

KEPT_FOR = timedelta(days=1)
# Beyond these the oldest go before their time.
MOST_KEPT = 100_000
# A longer answer is not kept; only what it changed is.
MAX_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Receipt:
    """As it is stored. `name` and `fingerprint` (of the request) are keyed hashes, hex; `subject` is what was changed,
    as the ledger names it; `sealed` is the answer, None until it is known.
    """

    name: str
    fingerprint: str
    made_at: datetime
    subject: str | None
    sealed: bytes | None = field(repr=False)


@dataclass(slots=True)
class Promise:
    """What is owed to a request that is being answered. `answer` is set as soon as it is known."""

    name: str
    fingerprint: str
    at: datetime
    _key: bytes = field(repr=False)
    answer: bytes | None = field(default=None, repr=False)
    subject: str | None = None

    def receipt(self) -> Receipt:
        sealed = None
        if self.answer is not None:
            sealed = seal(self._key, self.answer, of=self.name.encode())
        return Receipt(self.name, self.fingerprint, self.at, self.subject, sealed)

    def opened(self, receipt: Receipt) -> bytes | None:
        if receipt.sealed is None:
            return None
        return unseal(self._key, receipt.sealed, of=self.name.encode())


class ReceiptRecords(Protocol):
    def find(self, name: str, *, since: datetime) -> Receipt | None: ...

    def put(self, receipt: Receipt) -> None:
        """Adds it, or replaces the one of that name."""

    def forget(self, before: datetime, *, keep: int) -> None:
        """Drops those made earlier, and all but the newest `keep`."""


_owed: ContextVar[Promise | None] = ContextVar("owed", default=None)


@contextmanager
def promising(promise: Promise) -> Iterator[None]:
    """A change made in here is one with the receipt for it."""
    token = _owed.set(promise)
    try:
        yield
    finally:
        _owed.reset(token)


def promised() -> Promise | None:
    """What is owed to the request that is answered here; None: nothing."""
    return _owed.get()


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered before; `answer` None: `subject` was changed, and what was said of it is not kept."""

    answer: bytes | None = field(repr=False)
    subject: str | None


class Receipts:
    """`key` gives the state's own 32 bytes; `settle` brings gateways what was changed, as every change does."""

    def __init__(
        self,
        records: ReceiptRecords,
        *,
        key: Callable[[], bytes],
        settle: Callable[[], object],
        clock: Clock,
    ) -> None:
        self._records = records
        self._key = key
        self._settle = settle
        self._clock = clock

    def promise(self, caller: str, given: str, request: bytes) -> Promise:
        """To answer `request` once for all times it is sent. `given`: the name that `caller` gave it."""
        key, whose = self._key(), f"{caller}\0{given}".encode()
        naming = derived_key(key, b"receipt: names")
        return Promise(
            name=hmac.digest(naming, whose, "sha256").hex(),
            fingerprint=hmac.digest(naming, b"request\0" + request, "sha256").hex(),
            at=self._clock().replace(microsecond=0),
            _key=derived_key(key, b"receipt: answer\0" + whose),
        )

    def kept(self, promise: Promise) -> Kept | None:
        """What was answered before, known to gateways when this returns; None: nothing. Raises Refused when another
        request had this name.
        """
        found = self._records.find(promise.name, since=promise.at - KEPT_FOR)
        if found is None:
            return None
        if found.fingerprint != promise.fingerprint:
            raise Refused(
                "idempotency-key-reused",
                "another request was sent with this Idempotency-Key",
                "Make a new one for every request, and send it again with the same request only.",
                status=422,
            )
        self._settle()
        return Kept(promise.opened(found), found.subject)

    def keep(self, promise: Promise) -> None:
        """What no change was one with: that there was none, or how it ended."""
        self._records.put(promise.receipt())

    def forget_old(self) -> None:
        self._records.forget(self._clock() - KEPT_FOR, keep=MOST_KEPT)

"""Writes of business records: taken from gateways' journals into the ledger, and found again."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from ringwork.control.records.model import MOST_ID_BYTES, TYPE, Batch, Kept, RecordId
from ringwork.control.records.ports import RecordStore
from ringwork.control.records.words import hashed, subject
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

# What the gateway beside the control plane is called.
LOCAL = ""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Records:
    """`masking_key` gives the key that stands between sensitive ids and their hashes, as gateways have it."""

    def __init__(self, store: RecordStore, *, masking_key: Callable[[], str], clock: Clock) -> None:
        self._store = store
        self._masking_key = masking_key
        self._clock = clock

    def take(self, gateway: str, batch: Batch, rings: Collection[str] | None = None) -> int:
        """Up to where the journal of `gateway` is in the ledger now. Raises Refused: it tells of a ring that is not
        among its own; None: all are.
        """
        foreign = {told.write.ring for told in batch.told} - {*(rings or ())}
        if rings is not None and foreign:
            help = "Enrol the gateway for the rings it served when it wrote its journal."
            said = f"its journal tells of {', '.join(sorted(foreign))}, which it does not serve"
            raise Refused("record-foreign", said, help, status=403)
        return self._store.take(gateway, batch, self._clock())

    def positions(self, gateway: str, runs: Collection[str]) -> Mapping[str, int]:
        return self._store.positions(gateway, runs)

    def history(self, type: str, id: str, *, limit: int, before: int | None = None) -> list[Kept]:
        """Every write of a record, newest first, whether its id is sensitive or not. Raises Refused."""
        _demand_name(type, id)
        subjects = (subject(type, RecordId(plain=id)), subject(type, hashed(type, id, self._masking_key())))
        return self._store.history(subjects, limit=limit, before=before)


def _demand_name(type: str, id: str) -> None:
    if not re.fullmatch(TYPE, type):
        help = "Types are those of `x-record` in the estate's documents."
        raise Refused("record-malformed", "this is no type of records", help)
    if not id or len(id.encode(errors="replace")) > MOST_ID_BYTES or _CONTROL.search(id):
        help = f"An id has 1 to {MOST_ID_BYTES} bytes and no control characters; others are on no record."
        raise Refused("record-malformed", "this is no id of a record", help)

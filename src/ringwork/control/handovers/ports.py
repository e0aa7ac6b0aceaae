"""What is asked of the store about handovers. Whatever changes is one transaction with its entry in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ringwork.control.demands import Demand
from ringwork.control.handovers.model import Handover


class HandoverRecords(Protocol):
    def add(self, handover: Handover, sealed: bytes) -> None: ...

    def find(self, handover_id: str) -> Handover | None: ...

    def found(self, sha256: str) -> Handover | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Handover]:
        """By id."""

    def open(self, handover_id: str, at: datetime) -> bytes | None:
        """What was sealed, which is gone then: once, whoever comes first. None: it does not wait any more."""

    def end(self, handover_id: str, at: datetime, demand: Demand[Handover]) -> Handover | None:
        """None: there is none. One that does not wait stays as it is."""

    def forget(self, now: datetime, before: datetime) -> None:
        """What nobody opened in time; of those that could be opened until `before`, that they were there."""

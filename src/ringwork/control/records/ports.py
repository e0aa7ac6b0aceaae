"""What the data record asks of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from ringwork.control.records.model import Batch, Kept


class RecordStore(Protocol):
    def take(self, gateway: str, batch: Batch, at: datetime) -> int:
        """Enters `batch`, and how far the journal was read, in one transaction; up to where it was.

        One that does not begin there is passed over: it was entered before, whoever sends it again, or one before it
        was not.
        """

    def positions(self, gateway: str, runs: Collection[str]) -> Mapping[str, int]:
        """Up to where each of a journal's runs was read; a run of which nothing was is 0."""

    def history(self, subjects: Collection[str], *, limit: int, before: int | None) -> list[Kept]:
        """Newest first; those with a lower number than `before`."""

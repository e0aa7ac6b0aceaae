"""What is asked of the store about notices. They are put on record by whoever does what they tell of."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ringwork.control.notices.model import Notice


class NoticeRecords(Protocol):
    def due(self, at: datetime, *, limit: int) -> list[Notice]:
        """Those to be told by now, the oldest first."""

    def later(self, notice_id: str, due_at: datetime) -> None:
        """It was tried once more, in vain."""

    def done(self, notice_id: str) -> None:
        """It was heard, or is given up."""

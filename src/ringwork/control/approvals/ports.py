"""What is asked of the store about requests and grants. Whatever changes is one transaction with its entry in the
ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from ringwork.control.approvals.model import Approval, Grant
from ringwork.control.demands import Demand

# Given a request as it is stored and the grants its person holds, says what becomes of it; raises Refused.
Judged = Callable[[Approval, Sequence[Grant]], tuple[Approval, Grant | None]]


class ApprovalRecords(Protocol):
    def add(self, approval: Approval) -> None: ...

    def find(self, approval_id: str) -> Approval | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Approval]:
        """By id."""

    def open_of(self, person: str, at: datetime) -> int:
        """How many of a person's are to be decided."""

    def settle(self, approval_id: str, at: datetime, action: str, judged: Judged) -> Approval | None:
        """What `judged` makes of it, and the grant that comes of it, with nothing in between; None: there is none."""

    def forget(self, before: datetime) -> None:
        """Those that could be decided until before."""


class GrantRecords(Protocol):
    def take(self, grant: Grant, demand: Demand[Sequence[Grant]]) -> None:
        """Without a request. `demand` is shown what the person holds."""

    def find(self, grant_id: str) -> Grant | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Grant]:
        """By id; those that are over, too."""

    def held(self, person: str, at: datetime) -> list[Grant]:
        """Those that hold now, the oldest first."""

    def used(self, grant_id: str, at: datetime) -> None: ...

    def end(self, grant_id: str, at: datetime, because: str, demand: Demand[Grant]) -> Grant | None:
        """None: there is none."""

    def forget(self, before: datetime) -> None:
        """Those that ended by themselves before."""

"""What is asked of the store about requests and grants. Whatever changes is one transaction with its entry in the
ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ringwork.control.approvals.model import Approval, Grant
from ringwork.control.demands import Demand, Foretold
from ringwork.control.notices.model import Notice


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a request: itself, what comes of it, and what is told."""

    approval: Approval
    grant: Grant | None = None
    notice: Notice | None = None


# Given a request as it is stored and the grants its person holds; raises Refused.
Judged = Callable[[Approval, Sequence[Grant]], Settled]


class ApprovalRecords(Protocol):
    def add(self, approval: Approval, notice: Notice | None) -> None: ...

    def find(self, approval_id: str) -> Approval | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Approval]:
        """By id."""

    def of_kind(self, kind: str) -> list[Approval]:
        """By id; those that were declined or withdrawn are left out."""

    def open_of(self, person: str, at: datetime) -> int:
        """How many of a person's are to be decided."""

    def settle(
        self, approval_id: str, at: datetime, action: str, judged: Judged, foretold: Foretold[Approval]
    ) -> Approval | None:
        """What `judged` makes of it, with nothing in between; None: there is none."""

    def forget(self, before: datetime) -> None:
        """Those that could be decided until before."""


class GrantRecords(Protocol):
    def take(self, grant: Grant, demand: Demand[Sequence[Grant]], notice: Notice | None) -> None:
        """Without a request. `demand` is shown what the person holds."""

    def find(self, grant_id: str) -> Grant | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Grant]:
        """By id; those that are over, too."""

    def held(self, person: str, at: datetime) -> list[Grant]:
        """Those that hold now, the oldest first."""

    def used(self, grant_id: str, at: datetime) -> None: ...

    def end(
        self,
        grant_id: str,
        at: datetime,
        because: str,
        demand: Demand[Grant],
        told: Callable[[Grant], Notice | None],
    ) -> Grant | None:
        """None: there is none."""

    def forget(self, before: datetime) -> None:
        """Those that ended by themselves before."""

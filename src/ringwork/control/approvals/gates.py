"""Requests to let one change through one gate (requirement C7): bound to exactly what was judged, decided by whom the
estate named when it was asked. An estate that says something else by then asks something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ringwork.control.approvals.approvals import Approvals, Kind
from ringwork.control.approvals.model import Approval, Decider, Grant, Rule
from ringwork.control.approvals.ports import ApprovalRecords
from ringwork.kernel.refusal import Refused

KIND = "gate"
# Boards meet every other week.
DECIDED_WITHIN = timedelta(days=14)
# An API has six gates on three rings.
MOST_OPEN_OF_ONE = 500
_OWN_ALLOWED_ON = "internal"


def gate_kind() -> Kind:
    """Nothing comes of one that is approved but the word: the next `apply` asks for it."""
    return Kind(_rule, _nothing)


def _rule(approval: Approval) -> Rule:
    asked = approval.asked
    return Rule(tuple(asked["groups"]), asked["quorum"], own=asked["ring"] == _OWN_ALLOWED_ON)


def _nothing(_approval: Approval, _held: Sequence[Grant], _now: datetime) -> None:
    return None


class GateRequests:
    """Those of the kind, among all others."""

    def __init__(self, records: ApprovalRecords, approvals: Approvals) -> None:
        self._records = records
        self._approvals = approvals

    def prepare(self, asked: Mapping[str, Any], by: Decider, name: str, reason: str) -> Approval:
        """Not on record yet. Raises Refused: the same is asked already."""
        now = self._approvals.now()
        for each in self._records.of_kind(KIND):
            if each.asked == asked and each.state(now) in ("open", "approved"):
                message = f"the same was asked already: request {each.id} is {each.state(now)}"
                help = f"See `ringwork approval show {each.id}`."
                raise Refused("gate-asked", message, help, status=409)
        return self._approvals.prepare(
            KIND, asked, by.asks_as, name, reason, within=DECIDED_WITHIN, most=MOST_OPEN_OF_ONE
        )

    def standing(self) -> list[Approval]:
        """Those that are approved, or can be still."""
        now = self._approvals.now()
        return [each for each in self._records.of_kind(KIND) if each.state(now) in ("open", "approved")]

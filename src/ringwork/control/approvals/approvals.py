"""Asked, decided, withdrawn, expired: the life of a request, whatever it asks for.

A kind brings the rule its requests are decided by, and what comes of one that is approved; both are asked for in the
transaction of the last decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ringwork.control.approvals.model import Approval, Decider, Decision, Grant, Rule
from ringwork.control.approvals.ports import ApprovalRecords, Settled
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.ids import new_id
from ringwork.control.ledger.deeds import because
from ringwork.control.notices.model import Notice
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

DECIDED_WITHIN = timedelta(days=1)
MOST_OPEN_OF_A_PERSON = 20
_KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Kind:
    """`rule` None: what was asked for cannot be had any more. `effect` is told what the person holds by then, and
    raises Refused where nothing can come of it; None: nothing but the word does.
    """

    rule: Callable[[Approval], Rule | None]
    effect: Callable[[Approval, Sequence[Grant], datetime], Grant | None]


# What somebody elsewhere is told of a request; None: nobody is.
Told = Callable[[str, Approval, Rule | None], Notice | None]


class Approvals:
    """Requests of every kind. `settle` tells gateways what came of one."""

    def __init__(
        self,
        records: ApprovalRecords,
        kinds: Mapping[str, Kind],
        *,
        told: Told,
        settle: Callable[[], object],
        clock: Clock,
    ) -> None:
        self._records = records
        self._kinds = kinds
        self._told = told
        self._settle = settle
        self._clock = clock

    def prepare(
        self,
        kind: str,
        asked: Mapping[str, Any],
        by: str,
        name: str,
        reason: str,
        *,
        within: timedelta = DECIDED_WITHIN,
        most: int | None = None,
    ) -> Approval:
        """Of the person `by`, called `name`; not on record yet. `most` None: as many as a person may have open.
        Raises Refused: too many of his are open.
        """
        most = MOST_OPEN_OF_A_PERSON if most is None else most
        now = self.now()
        if self._records.open_of(by, now) >= most:
            message = f"{most} requests of yours are open"
            raise Refused("approvals-too-many", message, "Withdraw some, or have them decided.", status=409)
        return Approval(new_id(), kind, asked, by, name, reason, now, now + within)

    def keep(self, prepared: Approval) -> None:
        with because(prepared.reason):
            self._records.add(prepared, self._told("approval.asked", prepared, self.rule(prepared)))

    def find(self, approval_id: str) -> Approval:
        """Raises Refused when there is none."""
        found = self._records.find(approval_id)
        if found is None:
            raise _unknown(approval_id)
        return found

    def list(self, *, limit: int, after: str = "") -> list[Approval]:
        """By id."""
        return self._records.all(limit=limit, after=after)

    def rule(self, approval: Approval) -> Rule | None:
        return self._kinds[approval.kind].rule(approval) if approval.kind in self._kinds else None

    def decide(
        self,
        approval_id: str,
        decider: Decider,
        approves: bool,
        note: str = "",
        demand: Demand[Approval] = nothing_demanded,
        foretold: Foretold[Approval] = nothing_foretold,
    ) -> Approval:
        """One word of one approver: one who declines ends it, `quorum` who approve have it done. Raises Refused."""
        now = self.now()

        def judged(found: Approval, held: Sequence[Grant]) -> Settled:
            demand(found)
            if _has_said(found, decider, approves):
                return Settled(found)
            rule = self._demand_may_decide(found, decider, now)
            decisions = (*found.decisions, Decision(decider.actor, now, approves, note))
            decided = replace(found, decisions=decisions)
            if not approves:
                declined = replace(decided, outcome="declined", ended_at=now)
                return Settled(declined, None, self._told("approval.declined", declined, rule))
            if len(decisions) < rule.quorum:
                return Settled(decided)
            effect = self._kinds[found.kind].effect(found, held, now)
            approved = replace(decided, outcome="approved", ended_at=now)
            return Settled(approved, effect, self._told("approval.approved", approved, rule))

        with because(note):
            action = "approval.approve" if approves else "approval.decline"
            settled = self._records.settle(approval_id, now, action, judged, foretold)
        if settled is None:
            raise _unknown(approval_id)
        self._settle()
        return settled

    def withdraw(
        self, approval_id: str, by: str | None, demand: Demand[Approval] = nothing_demanded
    ) -> Approval:
        """By who asked, or (None) whoever owns everything; again is no error. Raises Refused."""
        now = self.now()

        def judged(found: Approval, _: Sequence[Grant]) -> Settled:
            demand(found)
            if by is not None and found.by != by:
                message = "only who asked withdraws it"
                raise Refused("approval-not-yours", message, "Decline it, if you decide it.", status=403)
            if found.outcome == "withdrawn":
                return Settled(found)
            _demand_open(found, now)
            withdrawn = replace(found, outcome="withdrawn", ended_at=now)
            return Settled(withdrawn, None, self._told("approval.withdrawn", withdrawn, self.rule(found)))

        settled = self._records.settle(approval_id, now, "approval.withdraw", judged, nothing_foretold)
        if settled is None:
            raise _unknown(approval_id)
        return settled

    def forget_old(self) -> None:
        self._records.forget(self.now() - _KEPT_FOR)

    def _demand_may_decide(self, found: Approval, decider: Decider, now: datetime) -> Rule:
        _demand_open(found, now)
        rule = self.rule(found)
        if rule is None:
            message, help = "what was asked for cannot be had any more", "The estate has changed: ask anew."
            raise Refused("approval-void", message, help, status=409)
        if decider.asks_as == found.by and not rule.own:
            help = "Four eyes: somebody else of " + ", ".join(rule.groups) + " decides."
            raise Refused("approval-your-own", "nobody decides what he asked for himself", help, status=403)
        if decider.person is not None and not {*decider.groups} & {*rule.groups}:
            message = f"members of {', '.join(rule.groups)} decide this"
            raise Refused("approval-not-yours", message, "`ringwork whoami` shows your groups.", status=403)
        if any(each.by == decider.actor for each in found.decisions):
            message, help = "you have decided this already", "Withdraw or end what came of it instead."
            raise Refused("approval-decided", message, help, status=409)
        return rule

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _has_said(found: Approval, decider: Decider, approves: bool) -> bool:
    """The same word again is no error."""
    return any(each.by == decider.actor and each.approves == approves for each in found.decisions)


def _demand_open(found: Approval, now: datetime) -> None:
    state = found.state(now)
    if state != "open":
        raise Refused("approval-over", f"this request is {state}", "Ask anew.", status=409)


def _unknown(approval_id: str) -> Refused:
    help = "`ringwork approval list` shows them."
    return Refused("approval-unknown", f"there is no request {approval_id}", help, status=404)

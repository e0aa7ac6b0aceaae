"""`/approvals`: what somebody asked for, and others decide."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.calling import Calling
from ringwork.api.changed import changed
from ringwork.api.conditions import CHANGED_MEANWHILE, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Cause, Count, Groups, Handle, Name, Order, Ring, Text
from ringwork.control.approvals import model
from ringwork.control.approvals.approvals import Approvals
from ringwork.control.people.callers import Caller
from ringwork.kernel.refusal import Refused


class DecisionOrder(Order):
    """`note` is for who asked, and for the ledger."""

    verdict: Literal["approve", "decline"]
    note: Cause | None = None


class Decision(Answer):
    """One approver's word; `by` as the ledger names him."""

    by: Text
    at: datetime
    approves: bool
    note: Text


class AskedGrant(Answer):
    """To be in `group` for so many `seconds`."""

    group: Name
    seconds: Count


class AskedGate(Answer):
    """To let `content` of `api` through one gate of `ring`."""

    gate: Name
    api: Name
    ring: Ring
    content: Text
    groups: Groups
    quorum: Count


class Approval(Answer):
    """`by` is a person, called `name`; who asked for a gate may be a machine's token, or who owns the state. `groups`
    decide, `quorum` of their members have to approve: of a grant as the estate says it now, none where it cannot be had
    any more; of a gate as it said when it was asked for.
    """

    id: Handle
    kind: Literal["grant", "gate"]
    asked: AskedGrant | AskedGate
    by: Handle
    name: Text
    reason: Text
    state: model.State
    asked_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    groups: Groups
    quorum: Count
    decisions: Annotated[list[Decision], Field(max_length=100)]

    @classmethod
    def of(cls, approval: model.Approval, approvals: Approvals) -> Approval:
        rule = approvals.rule(approval)
        given: dict[str, Any] = {
            name: getattr(approval, name)
            for name in ("id", "kind", "asked", "by", "name", "reason", "asked_at", "expires_at", "ended_at")
        }
        return cls(
            **given,
            state=approval.state(approvals.now()),
            groups=[] if rule is None else list(rule.groups),
            quorum=0 if rule is None else rule.quorum,
            decisions=[Decision.model_validate(each, from_attributes=True) for each in approval.decisions],
        )


class ApprovalPage(Answer):
    """By id; what ended stays for ninety days."""

    approvals: Annotated[list[Approval], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("approval-unknown",)}
_OVER = {409: ("approval-over",)}
_NOT_YOURS = {403: ("approval-not-yours",)}
_DECIDING = {
    403: ("approval-your-own",),
    409: ("approval-decided", "approval-void", "grant-held", "grant-one-at-a-time"),
}
_Id = Annotated[Handle, Path()]

routes = Routes("approvals", prefix="/approvals")


@routes.get("", summary="List approvals", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_approvals(plane: Serving, reading: Reading, paging: Paged) -> ApprovalPage:
    approvals = plane.people.grants.approvals
    shown, following = paging.listed(approvals.list, position=lambda approval: approval.id)
    return reading.read(
        ApprovalPage(approvals=[Approval.of(each, approvals) for each in shown], next=following)
    )


@routes.get("/{approval_id}", summary="Show an approval", responses=refusals(_UNKNOWN, _NOT_YOURS) | READ)
def show_approval(plane: Serving, calling: Calling, reading: Reading, approval_id: _Id) -> Approval:
    """For who asked, who decides, and who has the permission `read`."""
    approvals = plane.people.grants.approvals
    found = approvals.find(approval_id)
    _demand_concerned(calling, found, approvals)
    return reading.read(Approval.of(found, approvals))


@routes.post(
    "/{approval_id}/decision",
    summary="Approve or decline",
    response_model=Approval,
    responses=refusals(_UNKNOWN, _NOT_YOURS, _OVER, _DECIDING, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def decide_approval(
    plane: Serving, calling: Calling, changing: Changing, approval_id: _Id, order: DecisionOrder
) -> Response:
    """Four eyes: never by who asked, but for gates of the internal ring. One who declines ends it; when `quorum` have
    approved, it is done. The same word again is no error.
    """
    approvals = plane.people.grants.approvals
    if calling.machine is not None:
        message, help = "people decide, not machines", "Log in: `ringwork login`."
        raise Refused("approval-not-yours", message, help, status=403)
    decide = partial(
        approvals.decide, approval_id, calling.decider, order.verdict == "approve", order.note or ""
    )
    return changed(changing, lambda found: Approval.of(found, approvals), decide)


@routes.delete(
    "/{approval_id}",
    summary="Withdraw what one asked for",
    responses=refusals(_UNKNOWN, _NOT_YOURS, _OVER, CHANGED_MEANWHILE) | TAGGED,
)
def withdraw_approval(plane: Serving, calling: Calling, changing: Changing, approval_id: _Id) -> Approval:
    """By who asked, while it is not decided. Again is no error."""
    approvals = plane.people.grants.approvals
    owns_all = calling.person is None and calling.machine is None
    by = None if owns_all else calling.decider.asks_as
    withdrawn = approvals.withdraw(
        approval_id, by, lambda found: changing.demand(Approval.of(found, approvals))
    )
    return changing.changed(Approval.of(withdrawn, approvals))


def _demand_concerned(calling: Caller, found: model.Approval, approvals: Approvals) -> None:
    rule = approvals.rule(found)
    decides = rule is not None and bool({*calling.groups} & {*rule.groups})
    asked = calling.decider.asks_as == found.by
    if not (asked or decides or "read" in calling.all_permissions):
        help = "Ask for a group that has the permission `read`."
        raise Refused("approval-not-yours", "this request is somebody else's", help, status=403)

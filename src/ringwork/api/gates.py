"""`/gates`: asking those whom the estate names to let a change through."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import Response
from pydantic import Field

from ringwork.api.approvals import Approval
from ringwork.api.calling import Calling
from ringwork.api.conditions import ETAG, tag_of
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.plane import Serving
from ringwork.api.refusals import created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Cause, Environment, Name, Order, Ring


class GateOrder(Order):
    """`estate` and `environment` as for applying it. `reason` is for who decides, and for the ledger."""

    # No system has a path with a NUL in it.
    estate: Annotated[str, Field(pattern=r"^[^\x00]+$", max_length=4096, examples=["/srv/estate"])]
    environment: Environment | None = None
    api: Name
    gate: Literal["design", "breaking", "naming", "security", "documentation", "launch"]
    ring: Ring
    reason: Cause


_ASKING = {409: ("approvals-too-many", "gate-asked", "gate-not-waiting")}

routes = Routes("approvals")


@routes.post(
    "/gates",
    status_code=201,
    summary="Ask for a gate to be passed",
    response_model=Approval,
    responses=refusals(_ASKING, ONCE) | created(ETAG),
    dependencies=[named],
)
def ask_for_gate(plane: Serving, calling: Calling, order: GateOrder) -> Response:
    """A request, which members of the groups the estate names decide within fourteen days. It is of exactly what the
    API is now: what is changed afterwards is asked for anew.
    """
    asked = plane.waiting_gate(Path(order.estate), order.environment, order.api, order.gate, order.ring)
    grants = plane.people.grants
    prepared = grants.gates.prepare(asked, calling.decider, calling.called, order.reason)
    shown = Approval.of(prepared, grants.approvals)
    answer = fixed(201, shown, location=f"/approvals/{prepared.id}", etag=tag_of(shown))
    grants.approvals.keep(prepared)
    return answer

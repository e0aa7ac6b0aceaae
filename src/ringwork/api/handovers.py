"""`/handovers`: secrets on their way to whom they are for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading, tag_of
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Plane, Serving
from ringwork.api.refusals import NO_LIFETIME, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import LINE, Answer, Handle, Lifetime, Order, Title
from ringwork.control.consumers.model import PARTNER, Account
from ringwork.control.durations import lifetime
from ringwork.control.handovers import model
from ringwork.control.handovers.handovers import LONGEST_WAIT
from ringwork.kernel.refusal import Refused

HANDED_OVER_AT = "/handover/"
_MOST_SECRETS = 10


_What = Annotated[str, Field(min_length=1, max_length=64)]
_Secret = Annotated[str, Field(pattern=LINE, min_length=1, max_length=4_096)]


class HandoverOrder(Order):
    """`account`: whom the secrets are for. `secrets`: each by what it is, of one line. `expires`: how long the link
    waits, at most 30 days.
    """

    account: Handle
    secrets: Annotated[dict[_What, _Secret], Field(min_length=1, max_length=_MOST_SECRETS)]
    expires: Lifetime = "7d"


class Handover(Answer):
    """Without the secrets; `names`: what each of them is. `opened_at` null: nobody has read them."""

    id: Handle
    account: Handle
    names: Annotated[list[Title], Field(max_length=_MOST_SECRETS)]
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    state: Literal["waiting", "opened", "ended", "expired"]

    @classmethod
    def of(cls, handover: model.Handover, now: datetime) -> Handover:
        told = {name: getattr(handover, name) for name in cls.model_fields if name != "state"}
        return cls(**told | {"names": list(handover.names), "state": handover.state(now)})


class MadeHandover(Handover):
    """`link` is shown here and never again: whoever opens it first reads the secrets, and nobody after that."""

    link: Annotated[str, Field(pattern="^https?://", max_length=2_048)]


class HandoverPage(Answer):
    """By id; they stay for ninety days after their time."""

    handovers: Annotated[list[Handover], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("handover-unknown",)}
_Id = Annotated[Handle, Path()]

routes = Routes("handovers", prefix="/handovers")


@routes.get("", summary="List handovers", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_handovers(plane: Serving, reading: Reading, paging: Paged) -> HandoverPage:
    shown, following = paging.listed(plane.handovers.list, position=lambda handover: handover.id)
    now = plane.handovers.now()
    return reading.read(HandoverPage(handovers=[Handover.of(each, now) for each in shown], next=following))


@routes.get("/{handover_id}", summary="Show a handover", responses=refusals(_UNKNOWN) | READ)
def show_handover(plane: Serving, reading: Reading, handover_id: _Id) -> Handover:
    return reading.read(Handover.of(plane.handovers.demand(handover_id), plane.handovers.now()))


@routes.post(
    "",
    status_code=201,
    summary="Hand secrets over",
    response_model=MadeHandover,
    responses=refusals({404: ("account-unknown",), 409: ("site-missing",)}, NO_LIFETIME, ONCE)
    | created(ETAG),
    dependencies=[named],
)
def hand_over(plane: Serving, order: HandoverOrder) -> Response:
    """To an account, by a link to the documentation of its ring. The link is shown this once; again only to who sends
    the same request with the same `Idempotency-Key`. It opens once.
    """
    account = plane.accounts.demand(order.account)
    site = _site_of(account, plane)
    given = lifetime(order.expires, longest=LONGEST_WAIT)
    prepared = plane.handovers.prepare(account, order.secrets, given)
    record = Handover.of(prepared.record, plane.handovers.now())
    shown = MadeHandover(**record.model_dump(), link=f"{site}{HANDED_OVER_AT}{prepared.token.text}")
    answer = fixed(201, shown, location=f"/handovers/{record.id}", etag=tag_of(record))
    plane.handovers.keep(prepared)
    return answer


@routes.delete(
    "/{handover_id}", summary="End a handover", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED
)
def end_handover(plane: Serving, changing: Changing, handover_id: _Id) -> Handover:
    """Its link leads nowhere from now on. One that was opened stays so: revoke what was in it."""
    now = plane.handovers.now()
    ended = plane.handovers.end(handover_id, lambda found: changing.demand(Handover.of(found, now)))
    return changing.changed(Handover.of(ended, now))


def _site_of(account: Account, plane: Plane) -> str:
    """Raises Refused: nobody of its ring could open a link."""
    ring = "partner" if account.kind == PARTNER else "public"
    found = plane.documentation_of(ring)
    if found is None:
        message = f"the {ring} ring has no documentation with a URL: there is nowhere for a link to lead"
        help = f"Say it in ringwork.yaml: `rings: {{{ring}: {{documentation: {{listen: …, url: …}}}}}}`."
        raise Refused("site-missing", message, help, status=409)
    return found

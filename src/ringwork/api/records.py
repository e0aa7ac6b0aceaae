"""`/records`: who wrote which business record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field

from ringwork.api.conditions import READ, Reading
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import refusals
from ringwork.api.routes import Routes
from ringwork.api.words import LARGEST_NUMBER, Answer, Ring, Text
from ringwork.control.records import model, views


class RecordedWrite(Answer):
    """One write of a record, as the gateway tells of it. `entry`: its number in the ledger. `at`: of the call. `actor`
    and `credential` as in the ledger. `outcome`: `answered`, with the `status` of the service's answer, or `unknown`:
    it may have acted, and nobody heard. `request`: its id. `gateway`: null is the one beside the control plane.
    """

    entry: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
    at: datetime
    actor: Text
    credential: Text | None
    ring: Ring
    api: Text
    version: Text
    operation: Text
    outcome: Literal["answered", "unknown"]
    status: Annotated[int, Field(ge=200, le=999)] | None
    request: Text
    gateway: Text | None

    @classmethod
    def of(cls, kept: model.Kept) -> RecordedWrite:
        said: dict[str, Any] = views.recorded_write(kept)
        return cls.model_validate(said)


class HistoryPage(Answer):
    """Newest first."""

    writes: Annotated[list[RecordedWrite], Field(max_length=LONGEST_PAGE)]
    next: Next


_MALFORMED = {400: ("record-malformed",)}
_Type = Annotated[str, Path(pattern=model.TYPE, max_length=40, description="As `x-record` names it.")]
_Id = Annotated[
    str,
    Path(
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+$",
        min_length=1,
        max_length=model.MOST_ID_BYTES,
        description="As the call had it, also where it is sensitive; a `/` in it is written `%2F`.",
    ),
]

routes = Routes("records", prefix="/records")


@routes.get(
    "/{record_type}/{record_id:path}",
    summary="Show who wrote a record",
    responses=refusals(_MALFORMED, CURSOR_UNKNOWN) | paged(READ),
)
def show_record(
    plane: Serving, reading: Reading, paging: Paged, record_type: _Type, record_id: _Id
) -> HistoryPage:
    """From whatever ring it was written. A record that nobody wrote has no writes."""
    found = plane.records.history(record_type, record_id, limit=paging.rows, before=paging.after_number)
    shown, following = paging.page(found, position=lambda kept: str(kept.number))
    return reading.read(HistoryPage(writes=[RecordedWrite.of(each) for each in shown], next=following))

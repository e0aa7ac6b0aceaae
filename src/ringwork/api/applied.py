"""What applying came to, as the admin API says it: the plan, findings, and the gateway's word."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from ringwork.api.words import MOST_ROWS, Answer, Count, Rows, Text
from ringwork.governance.exposed.changes import MAX_CHANGES
from ringwork.manifest.files import MAX_ENTRIES

_OuterOrInner = Annotated[str, Field(max_length=16)]
_Way = Literal["appears", "disappears"]


class Located(Answer):
    """A finding, and the API that it holds back (null: it concerns the estate)."""

    code: Text
    severity: Literal["info", "warning", "error"]
    message: Text
    help: Text
    file: Text
    line: Count
    column: Count
    api: Text | None


class Overridden(Answer):
    """A setting the environment decides, and where it says so."""

    kind: Text
    name: Text
    key: Text
    stated_at: Text


class Reach(Answer):
    """How many operations of a version each ring sees."""

    api: Text
    version: Text
    operations: Count
    rings: Annotated[dict[str, Count], Field(max_length=3)]


class OperationChange(Answer):
    ring: _OuterOrInner
    change: _Way
    api: Text
    version: Text
    operation: Text
    method: Text
    path: Text
    because: Text


class ExposureChange(Answer):
    """What a ring begins or ceases to send or read by an operation."""

    ring: _OuterOrInner
    change: _Way
    api: Text
    version: Text
    kind: Text
    what: Text
    sensitive: Text | None
    mask: Text | None
    because: Text


class Difference(Answer):
    """Values as the estate has them; null: none."""

    before: JsonValue
    after: JsonValue


class SettingChange(Answer):
    kind: Text
    name: Text
    change: Text
    values: Annotated[dict[str, Difference], Field(max_length=MAX_ENTRIES)]


class GateResult(Answer):
    """One gate, asked about one API for one ring. `content` names exactly what was judged: an approval is of that and
    nothing else. `found`: what it found that is not `waived`, the first of it in `findings`. `approvers` empty: nobody
    is asked; else `quorum` of their members have to approve, and `approval` is the request, if there is one.
    """

    gate: Text
    api: Text
    ring: _OuterOrInner
    demand: Text
    state: Literal["passed", "lenient", "waiting", "failed"]
    content: Text
    approvers: Annotated[list[Text], Field(max_length=20)]
    quorum: Count
    approval: Text | None
    found: Count
    waived: Count
    findings: Annotated[list[Located], Field(max_length=100)]


class Gates(Answer):
    """`enforced`: what has not passed stays behind."""

    enforced: bool
    results: Annotated[list[GateResult], Rows, Field(max_length=MOST_ROWS)]


class Plan(Answer):
    """What changes for whom. `exposure`: the first of `exposure_changes`. `dropped`: APIs that stay behind. `gates`:
    null where the estate has none.
    """

    environment: Text
    against: Text | None
    overridden: Annotated[list[Overridden], Rows, Field(max_length=MOST_ROWS)]
    first: bool
    blocked: bool
    dropped: Annotated[list[Text], Field(max_length=MAX_ENTRIES)]
    rings: Annotated[list[_OuterOrInner], Field(max_length=3)]
    apis: Annotated[list[Reach], Rows, Field(max_length=MOST_ROWS)]
    operations: Annotated[list[OperationChange], Rows, Field(max_length=MOST_ROWS)]
    exposure: Annotated[list[ExposureChange], Field(max_length=MAX_CHANGES)]
    exposure_changes: Count
    settings: Annotated[list[SettingChange], Rows, Field(max_length=MOST_ROWS)]
    findings: Annotated[list[Located], Rows, Field(max_length=MOST_ROWS)]
    gates: Gates | None = None


class NoPlan(Answer):
    """Nothing was compared with what is live."""


class GatewayRefusal(Answer):
    """Why the gateway does not serve a revision; `api`: because of which."""

    revision: Count
    code: Text
    message: Text
    api: Text | None


class Application(Answer):
    """`outcome`: `live`; `unchanged`, it was live already; `blocked`, errors keep everything back; `refused` by the
    gateway; `unanswered` by it in time. `exit_code` is the command's: 0 all of it is live, 1 the gateway did not take
    it, 2 errors keep something from going live. `revision`: null where nothing was published.
    """

    outcome: Literal["live", "unchanged", "blocked", "refused", "unanswered"]
    exit_code: Annotated[int, Field(ge=0, le=2)]
    revision: Count | None
    refusal: GatewayRefusal | None
    plan: Plan | NoPlan
    findings: Annotated[list[Located], Rows, Field(max_length=MOST_ROWS)]

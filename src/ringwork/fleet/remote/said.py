"""A node's last word, as far as it can be relied on here.

It may be of another release, or of who took the node over: each member that is not as agreed is as if it had not been
said, and no text of it speaks to an operator's terminal. One node does not end `ringwork status` for all.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from ringwork.control.node_records import RemoteNode
from ringwork.fleet.remote.protocol import MAX_REVISION

_LONGEST_TEXT = 4096
_MOST_TOLD = 10_000


def _as_agreed(value: Any, agreed: ValidatorFunctionWrapHandler) -> Any:
    try:
        return agreed(value)
    except ValidationError:
        return None


_ElseUnsaid = WrapValidator(_as_agreed)
_Count = Annotated[int, Field(strict=True, ge=0, le=MAX_REVISION)]
_MaybeCount = Annotated[_Count | None, _ElseUnsaid]
_MaybeText = Annotated[str | None, _ElseUnsaid]
_Flag = Annotated[bool, Field(strict=True)]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SaidRefusal(_Part):
    """As `fleet.status.Refusal`; so the others."""

    revision: _Count
    code: str
    message: str
    api: str | None = None


class SaidLack(_Part):
    endpoints: _Count
    left_out: _Count
    addresses: dict[str, str] = Field(default={}, max_length=_MOST_TOLD)


class SaidSharing(_Part):
    available: _Flag
    problem: str | None = None
    since: _Time
    gateways: _Count
    gateways_seen: _Count


class SaidStanding(_Part):
    endpoint: str = ""
    sent: _Count = 0
    rejected: _Count = 0
    dropped: _Count = 0
    damaged: _Count = 0
    gaps: _Count = 0
    backlog_bytes: _Count = 0
    last_success: _Time | None = None
    problem: str | None = None


class SaidOfGateway(_Part):
    """The members of `gateway_report` that are looked at here."""

    running: Annotated[_Flag | None, _ElseUnsaid] = None
    revision: _MaybeCount = None
    refused: Annotated[SaidRefusal | None, _ElseUnsaid] = None
    upstreams: Annotated[dict[str, SaidLack] | None, Field(max_length=_MOST_TOLD), _ElseUnsaid] = None
    shared_limits: Annotated[SaidSharing | None, _ElseUnsaid] = None
    telemetry: Annotated[dict[str, SaidStanding] | None, Field(max_length=2), _ElseUnsaid] = None


class Said(_Part):
    """The members of `protocol.Report`; None: not said, or not as agreed."""

    version: _MaybeText = None
    seq: _MaybeCount = None
    problem: _MaybeText = None
    newest: _MaybeCount = None
    pins: Annotated[dict[str, str] | None, Field(max_length=3), _ElseUnsaid] = None
    trusts: Annotated[list[str] | None, Field(max_length=16), _ElseUnsaid] = None
    gateway: Annotated[SaidOfGateway | None, _ElseUnsaid] = None


def said_of(node: RemoteNode) -> Said:
    """Nothing is said by a node that was never heard of."""
    return Said.model_validate(_printable(dict(node.said or {})))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(one if one.isprintable() else " " for one in value[:_LONGEST_TEXT])
    if isinstance(value, dict):
        return {_printable(name): _printable(each) for name, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list) else value

"""Lines of the access log as the two requests OTLP knows for them, and what their answers say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from ringwork import __version__
from ringwork.usage.otlp.attributes import key_values
from ringwork.usage.otlp.call import TracedCall, read_call
from ringwork.usage.otlp.records import record
from ringwork.usage.otlp.spans import Services, spans

# What only a sampled call's line has; cheaper than reading every line for the few that count.
_SAMPLED_MEMBER = b'"span":{'
Made = TypeVar("Made", Span, LogRecord)

_SCOPE = InstrumentationScope(name="ringwork", version=__version__)


@dataclass(frozen=True, slots=True)
class Batch:
    """`body` is empty where nothing is to be sent; `damaged` lines were none of the gateway's."""

    body: bytes
    records: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an organisation's gateway in one environment, by `instance`."""

    organization: str
    environment: str
    instance: str
    host: str

    def resource(self) -> Resource:
        return Resource(
            attributes=key_values(
                {
                    "service.name": "ringwork-gateway",
                    "service.namespace": self.organization,
                    "service.version": __version__,
                    "service.instance.id": self.instance,
                    "deployment.environment.name": self.environment,
                    "host.name": self.host,
                }
            )
        )


@dataclass(frozen=True, slots=True)
class Said:
    """A receiver's answer to a request it took: it `rejected` so many records, for a reason worth repeating."""

    rejected: int
    message: str


def trace_request(lines: Sequence[bytes], sender: Sender, services: Services) -> Batch:
    """Spans of the sampled calls among `lines`."""
    sampled = [line for line in lines if _SAMPLED_MEMBER in line]
    made, damaged = _made(sampled, lambda call: list(spans(call, services)))
    if not made:
        return Batch(b"", 0, damaged)
    scoped = ScopeSpans(scope=_SCOPE, spans=made)
    request = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=sender.resource(), scope_spans=[scoped])]
    )
    return Batch(request.SerializeToString(), len(made), damaged)


def log_request(lines: Sequence[bytes], sender: Sender, observed_unix_ns: int) -> Batch:
    """A record of every call among `lines`."""
    made, damaged = _made(lines, lambda call: [record(call, observed_unix_ns)])
    if not made:
        return Batch(b"", 0, damaged)
    scoped = ScopeLogs(scope=_SCOPE, log_records=made)
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=sender.resource(), scope_logs=[scoped])]
    )
    return Batch(request.SerializeToString(), len(made), damaged)


def sampled_calls(lines: Sequence[bytes]) -> int:
    """How many of `lines` would become spans."""
    return sum(_SAMPLED_MEMBER in line for line in lines)


def trace_answer(body: bytes) -> Said:
    answer = ExportTraceServiceResponse()
    _understand(answer, body)
    return Said(answer.partial_success.rejected_spans, answer.partial_success.error_message)


def log_answer(body: bytes) -> Said:
    answer = ExportLogsServiceResponse()
    _understand(answer, body)
    return Said(answer.partial_success.rejected_log_records, answer.partial_success.error_message)


def _understand(answer: Message, body: bytes) -> None:
    """What is no answer of OTLP says nothing: the status said that all is well."""
    try:
        answer.ParseFromString(body)
    except DecodeError:
        answer.Clear()


def _made(lines: Sequence[bytes], make: Callable[[TracedCall], list[Made]]) -> tuple[list[Made], int]:
    """Records of all lines, and how many lines are none of the gateway's: one of them must not stop the others."""
    made: list[Made] = []
    damaged = 0
    for line in lines:
        call = read_call(line)
        try:
            made += make(call) if call is not None else []
        except (ValueError, KeyError, TypeError, AttributeError):
            call = None
        damaged += call is None
    return made, damaged

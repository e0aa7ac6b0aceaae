"""A sampled call as spans: one of the gateway as a server, and one of its exchange with the service behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from ringwork.usage.otlp.attributes import error_type, key_values, method, of_server, route
from ringwork.usage.otlp.call import TracedCall

_SAMPLED = 0x01
# Span flags 8 and 9 (opentelemetry-proto, `SpanFlags`): it is known whether the parent is elsewhere, and it is.
_PARENT_KNOWN, _PARENT_REMOTE = 0x100, 0x200


@dataclass(frozen=True, slots=True)
class Service:
    """Where an API's service is."""

    host: str
    port: int


# Ring, API, version → its service; None where it is not known (any more).
Services = Callable[[str, str, str], Service | None]


def spans(call: TracedCall, services: Services) -> Iterator[Span]:
    """None for a call that was not sampled."""
    if call.span is None or not call.trace_id or not call.span_id:
        return
    yield _of_server(call, str(call.span.get("parent_id", "")))
    upstream_us = call.line["duration_us"].get("upstream")
    if upstream_us is not None:
        yield _of_exchange(call, upstream_us, services)


def _of_server(call: TracedCall, parent_id: str) -> Span:
    name = " ".join(filter(None, (_verb(call), route(call))))
    return Span(
        trace_id=call.trace_id,
        span_id=call.own_span_id,
        parent_span_id=bytes.fromhex(parent_id),
        flags=_SAMPLED | _PARENT_KNOWN | (_PARENT_REMOTE if parent_id else 0),
        name=name,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=call.began_unix_ns,
        end_time_unix_nano=call.ended_unix_ns,
        attributes=of_server(call),
        status=_status(failed=error_type(call) is not None, call=call),
    )


def _of_exchange(call: TracedCall, upstream_us: int, services: Services) -> Span:
    """From the first try to the end of the call."""
    line, span = call.line, call.span or {}
    service = services(str(line["ring"]), str(line.get("api", "")), str(line.get("version", "")))
    code, tries = line.get("code"), int(span.get("tries", 1))
    # An answer of the gateway's own is no status of the service's.
    status = None if code else call.status
    error = code or (str(call.status) if call.status >= 400 else None)
    return Span(
        trace_id=call.trace_id,
        span_id=call.exchange_span_id,
        parent_span_id=call.own_span_id,
        flags=_SAMPLED | _PARENT_KNOWN,
        name=_verb(call),
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=call.ended_unix_ns - 1_000 * upstream_us,
        end_time_unix_nano=call.ended_unix_ns,
        attributes=key_values(
            {
                "http.request.method": method(call),
                "http.response.status_code": status,
                "http.request.resend_count": tries - 1 if tries > 1 else None,
                "server.address": None if service is None else service.host,
                "server.port": None if service is None else service.port,
                "error.type": error,
                "ringwork.api": line.get("api"),
                "ringwork.version": line.get("version"),
            }
        ),
        status=_status(failed=error is not None, call=call),
    )


def _verb(call: TracedCall) -> str:
    known = method(call)
    return "HTTP" if known == "_OTHER" else known


def _status(*, failed: bool, call: TracedCall) -> Status:
    if not failed:
        return Status()
    return Status(code=Status.STATUS_CODE_ERROR, message=str(call.line.get("code") or ""))

"""What is said of a call: OpenTelemetry's attributes of HTTP servers, and Ringwork's own.

Nothing is said that the access log does not hold: no query, no field, addresses as far as the ring logs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from ringwork.usage.otlp.call import TracedCall

Value = str | int | None

# Others are `_OTHER`: whoever calls must not make names (semantic conventions, `http.request.method`).
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"}
)
# Line of the log → attribute.
_OWN = {
    "ring": "ringwork.ring",
    "revision": "ringwork.revision",
    "api": "ringwork.api",
    "version": "ringwork.version",
    "operation": "ringwork.operation",
    "consumer": "ringwork.consumer",
    "application": "ringwork.application",
    "key_id": "ringwork.key_id",
    "proof": "ringwork.proof",
    "issuer": "ringwork.issuer",
    "subject": "ringwork.subject",
    "cache": "ringwork.cache",
    "code": "ringwork.code",
    "internal_reason": "ringwork.reason",
    "request_id": "ringwork.request_id",
}


def of_server(call: TracedCall) -> list[KeyValue]:
    """Of the call as the gateway answered it."""
    line, span = call.line, call.span or {}
    return key_values(
        {
            "http.request.method": method(call),
            "http.request.method_original": _original_method(call),
            "http.route": route(call),
            "http.response.status_code": call.status,
            "http.request.body.size": line.get("request_bytes"),
            "http.response.body.size": line.get("response_bytes"),
            "url.scheme": "https",
            "url.path": line.get("path"),
            "server.address": _host(span.get("host")),
            "network.protocol.name": "http",
            "network.protocol.version": span.get("protocol") or None,
            "client.address": line.get("client_address"),
            "error.type": error_type(call),
        }
        | {attribute: line.get(member) for member, attribute in _OWN.items()}
    )


def method(call: TracedCall) -> str:
    given = str(call.line.get("method", ""))
    return given if given in _METHODS else "_OTHER"


def error_type(call: TracedCall) -> str | None:
    """A server's errors are its own, not its callers'."""
    return None if call.status < 500 else str(call.line.get("code") or call.status)


def route(call: TracedCall) -> str | None:
    """The template as callers see it: what stands before the document's path is the API's prefix and version."""
    template, path = call.line.get("template"), call.line.get("path")
    if not isinstance(template, str) or not isinstance(path, str):
        return None
    inner = [] if template == "/" else template.strip("/").split("/")
    outer = path.strip("/").split("/")
    if len(outer) < len(inner):
        return template
    return "/" + "/".join([part for part in outer[: len(outer) - len(inner)] if part] + inner)


def key_values(given: Mapping[str, Value]) -> list[KeyValue]:
    """What is None, or empty, is left out."""
    return list(_key_values(given))


def _key_values(given: Mapping[str, Value]) -> Iterator[KeyValue]:
    for key, value in given.items():
        if isinstance(value, int):
            yield KeyValue(key=key, value=AnyValue(int_value=value))
        elif value:
            yield KeyValue(key=key, value=AnyValue(string_value=str(value)))


def _original_method(call: TracedCall) -> str | None:
    given = call.line.get("method")
    return None if given in _METHODS else given


def _host(given: Any) -> str | None:
    """Without its port."""
    if not isinstance(given, str):
        return None
    host, _, port = given.rpartition(":")
    return host if port.isdigit() and host else given

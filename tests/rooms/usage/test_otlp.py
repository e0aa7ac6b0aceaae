"""What a call of the access log becomes as spans and as a log record."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from ringwork.usage.otlp.requests import Said, Sender, log_request, trace_answer, trace_request
from ringwork.usage.otlp.spans import Service
from tests.rooms.usage.lines import TRACE, line
from tests.support.otlp import attributes

SENDER = Sender("acme", "production", "edge-1", "machine-7")
BEGAN = 1_767_323_045_000_006_000


def service(ring: str, api: str, version: str) -> Service | None:
    return Service("orders.internal", 8080) if (ring, api, version) == ("partner", "orders", "v1") else None


def spans(**given: Any) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(trace_request([line(**given)], SENDER, service).body)
    return [span for of in request.resource_spans for scope in of.scope_spans for span in scope.spans]


def record(**given: Any) -> LogRecord:
    request = ExportLogsServiceRequest.FromString(log_request([line(**given)], SENDER, 5).body)
    [of] = request.resource_logs
    assert attributes(of.resource)["service.instance.id"] == "edge-1"
    [found] = of.scope_logs[0].log_records
    return found


def test_a_call_is_a_span_of_the_gateway_and_one_of_its_exchange_inside() -> None:
    server, client = spans()
    assert (server.kind, client.kind) == (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT)
    assert server.trace_id == client.trace_id == bytes.fromhex(TRACE)
    assert (server.parent_span_id, client.parent_span_id) == (b"", server.span_id)
    # The log has the id the service was told.
    assert client.span_id == (3).to_bytes(8, "big")
    assert (server.start_time_unix_nano, server.end_time_unix_nano) == (BEGAN, BEGAN + 500_000)
    assert (client.start_time_unix_nano, client.end_time_unix_nano) == (BEGAN + 100_000, BEGAN + 500_000)


def test_spans_speak_the_semantic_conventions() -> None:
    server, client = spans()
    assert server.name == "GET /shop/v1/orders/{orderId}"
    assert attributes(server) == {
        "http.request.method": "GET",
        "http.route": "/shop/v1/orders/{orderId}",
        "http.response.status_code": 200,
        "http.request.body.size": 0,
        "http.response.body.size": 11,
        "url.scheme": "https",
        "url.path": "/shop/v1/orders/1",
        "server.address": "api.acme.example",
        "network.protocol.name": "http",
        "network.protocol.version": "2",
        "ringwork.ring": "partner",
        "ringwork.revision": 7,
        "ringwork.api": "orders",
        "ringwork.version": "v1",
        "ringwork.operation": "getOrder",
        "ringwork.consumer": "globex",
        "ringwork.application": "erp",
        "ringwork.request_id": "request-1",
    }
    assert attributes(client) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "orders.internal",
        "server.port": 8080,
        "ringwork.api": "orders",
        "ringwork.version": "v1",
    }


def test_a_trace_that_was_accepted_goes_on_from_the_callers_span() -> None:
    server, _ = spans(span={"protocol": "1.1", "parent_id": "00f067aa0ba902b7", "tries": 1})
    assert server.parent_span_id == bytes.fromhex("00f067aa0ba902b7")


@pytest.mark.parametrize(
    ("template", "path", "route"),
    [
        ("/orders", "/shop/v1/orders", "/shop/v1/orders"),
        ("/", "/shop", "/shop"),
        ("/", "/", "/"),
        ("/{a}/{b}", "/1/2", "/{a}/{b}"),
    ],
)
def test_the_route_is_what_callers_see(template: str, path: str, route: str) -> None:
    assert attributes(spans(template=template, path=path)[0])["http.route"] == route


@pytest.mark.parametrize(
    ("given", "server_error", "client_error"),
    [
        ({"status": 404}, None, "404"),
        ({"status": 503}, "503", "503"),
        ({"status": 504, "code": "upstream_timeout"}, "upstream_timeout", "upstream_timeout"),
    ],
)
def test_a_servers_error_is_its_own_and_a_clients_is_any(
    given: dict[str, Any], server_error: str | None, client_error: str
) -> None:
    server, client = spans(**given)
    assert attributes(server).get("error.type") == server_error
    assert attributes(client)["error.type"] == client_error
    failed = Status.STATUS_CODE_ERROR
    assert (server.status.code == failed, client.status.code == failed) == (server_error is not None, True)
    # What the gateway answered by itself is no status of the service's.
    assert ("http.response.status_code" in attributes(client)) == ("code" not in given)


def test_a_call_that_was_not_forwarded_is_one_span() -> None:
    [server] = spans(status=429, code="rate_limited", duration_us={"wall": 5, "total": 9}, template=None)
    assert (server.name, attributes(server)["ringwork.code"]) == ("GET", "rate_limited")


def test_a_method_a_caller_made_up_names_no_span() -> None:
    server, _ = spans(method="FROBNICATE")
    assert server.name.startswith("HTTP ")
    assert attributes(server)["http.request.method"] == "_OTHER"
    assert attributes(server)["http.request.method_original"] == "FROBNICATE"


def test_tries_beyond_the_first_are_counted() -> None:
    _, client = spans(span={"protocol": "2", "tries": 3})
    assert attributes(client)["http.request.resend_count"] == 2


def test_calls_that_were_not_sampled_are_no_spans_and_are_records() -> None:
    assert trace_request([line(sampled=False)], SENDER, service).records == 0
    found = record(sampled=False)
    assert (found.trace_id, found.flags) == (bytes.fromhex(TRACE), 0)


@pytest.mark.parametrize(
    ("status", "severity"),
    [
        (200, SeverityNumber.SEVERITY_NUMBER_INFO),
        (404, SeverityNumber.SEVERITY_NUMBER_WARN),
        (502, SeverityNumber.SEVERITY_NUMBER_ERROR),
    ],
)
def test_a_record_has_the_severity_of_its_status_and_the_calls_own_span(
    status: int, severity: SeverityNumber.ValueType
) -> None:
    found = record(status=status)
    assert found.severity_number == severity
    assert found.span_id == (2).to_bytes(8, "big")
    assert (found.time_unix_nano, found.observed_time_unix_nano) == (BEGAN, 5)
    assert found.body.string_value == f"GET /shop/v1/orders/1 {status}"
    assert attributes(found)["ringwork.duration_us.total"] == 500


def test_nothing_is_told_that_the_log_does_not_hold() -> None:
    server, _ = spans(client_address="192.0.2.0")
    assert attributes(server)["client.address"] == "192.0.2.0"
    assert "client.address" not in attributes(spans()[0])
    assert not any("query" in name or "header" in name for name in attributes(server))


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{}", b"[]", b"nonsense", line(time="yesterday"), line(trace_id="xyz"), line(duration_us=None)],
)
def test_a_line_that_is_none_stops_no_other(damaged: bytes) -> None:
    batch = log_request([damaged, line()], SENDER, 5)
    assert (batch.records, batch.damaged) == (1, 1)


def test_a_receivers_answer_is_read_as_far_as_it_is_one() -> None:
    partial = ExportTracePartialSuccess(rejected_spans=3, error_message="too old")
    assert trace_answer(ExportTraceServiceResponse(partial_success=partial).SerializeToString()) == Said(
        3, "too old"
    )
    assert trace_answer(b"") == trace_answer(b"\xff\xff") == Said(0, "")

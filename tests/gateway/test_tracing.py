"""Trace context: who may place a call in a trace, what the upstream is told of it, what the log keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.upstream import Received, Reply, Upstream
from tests.gateway.wire import Response

Launch = Callable[..., Gateway]
OUTER = [ring for ring in RINGS if ring != "internal"]

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"
STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
SENT = [("traceparent", TRACEPARENT), ("tracestate", STATE)]
OTHER_SYSTEMS = [
    ("b3", f"{TRACE}-{SPAN}-1"),
    ("X-B3-TraceId", TRACE),
    ("X_B3_Sampled", "1"),
    ("uber-trace-id", f"{TRACE}:{SPAN}:0:1"),
    ("baggage", "user=root"),
    ("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678"),
]


class Told:
    """What one call came to: at the upstream, and in the log."""

    def __init__(self, gateway: Gateway, upstream: Upstream, response: Response) -> None:
        self.sent = upstream.last.all("traceparent")
        self.state = upstream.last.header("tracestate")
        self.line: dict[str, Any] = gateway.log_line(response.header("x-request-id"))

    @property
    def parts(self) -> list[str]:
        """Version, trace, span, flags of the one `traceparent`."""
        [text] = self.sent
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", text)
        return text.split("-")


def publish_traces(node: Node, sample_per_million: int) -> None:
    observability = {"traces": {"sample_per_million": sample_per_million}}
    node.publish(change=lambda manifest: manifest.update(observability=observability))


@pytest.fixture
def ask(node: Node, upstream: Upstream, launch: Launch) -> Callable[..., Told]:
    """Calls a gateway that takes part in traces and samples none that begin with it."""
    publish_traces(node, 0)
    gateway = launch()

    def asked(ring: str, *fields: Field) -> Told:
        response = call(node, ring, credentials_for(node, ring), *fields)
        assert response.status == 200
        return Told(gateway, upstream, response)

    return asked


def test_an_internal_callers_trace_goes_on_with_our_span_as_parent(ask: Callable[..., Told]) -> None:
    told = ask("internal", *SENT)
    _, trace, span, flags = told.parts
    assert (trace, flags, told.state) == (TRACE, "01", STATE)
    assert span != SPAN
    assert (told.line["trace_id"], told.line["span_id"]) == (trace, span)
    assert told.line["span"] == {
        "parent_id": SPAN,
        "host": HOSTS["internal"],
        "protocol": "1.1",
        "tries": 1,
    }


@pytest.mark.parametrize("ring", OUTER)
def test_an_outsider_neither_chooses_a_trace_nor_has_it_sampled(
    ask: Callable[..., Told], upstream: Upstream, ring: str
) -> None:
    told = ask(ring, *SENT, *OTHER_SYSTEMS, ("X-Mine", "1"))
    _, trace, span, flags = told.parts
    assert trace != TRACE and span != SPAN
    assert (flags, told.state) == ("02", None)
    assert told.line["trace_id"] == trace and "span" not in told.line
    names = {name.lower().replace("_", "-") for name, _ in upstream.last.headers}
    assert names.isdisjoint(name.lower().replace("_", "-") for name, _ in OTHER_SYSTEMS)
    assert upstream.last.header("x-mine") == "1"


def test_two_calls_of_an_outsider_are_two_traces(ask: Callable[..., Told]) -> None:
    first, second = ask("public", *SENT), ask("public", *SENT)
    assert first.parts[1] != second.parts[1] and first.parts[2] != second.parts[2]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("traceparent", "00-nonsense-01")],
        [("traceparent", TRACEPARENT.upper())],
        [("traceparent", f"ff-{TRACE}-{SPAN}-01")],
        [("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)],
        [("tracestate", STATE)],
    ],
)
def test_where_no_trace_was_said_well_one_begins(ask: Callable[..., Told], fields: list[Field]) -> None:
    told = ask("internal", *fields)
    assert told.parts[1] != TRACE
    assert told.state is None


@pytest.mark.parametrize("state", ["", "a", "a=1=2", ",".join(f"k{n}=v" for n in range(33))])
def test_a_tracestate_nobody_can_read_is_discarded_and_the_trace_goes_on(
    ask: Callable[..., Told], state: str
) -> None:
    told = ask("internal", ("traceparent", TRACEPARENT), ("tracestate", state))
    assert (told.parts[1], told.state) == (TRACE, None)


def test_calls_that_are_refused_have_a_span_of_their_own(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    publish_traces(node, 1_000_000)
    gateway = launch()
    response = call(node, "public", credentials_for(node, "public"), target="/shop/v1/nothing")
    line: dict[str, Any] = gateway.log_line(response.header("x-request-id"))
    assert (line["status"], line["span"]["tries"]) == (404, 0)
    # The call's own span is even; the one of an exchange with a service would be odd.
    assert int(line["span_id"], 16) % 2 == 0
    assert not upstream.received


def test_while_traces_are_off_the_gateway_stands_in_none(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node

    def told(ring: str, *fields: Field) -> Told:
        return Told(shared_gateway, upstream, call(node, ring, credentials_for(node, ring), *fields))

    passed = told("internal", *SENT)
    assert (passed.sent, passed.state) == ([TRACEPARENT], STATE)
    assert passed.line["trace_id"] == TRACE and "span_id" not in passed.line
    for ring in OUTER:
        dropped = told(ring, *SENT)
        assert (dropped.sent, dropped.state) == ([], None)
        assert "trace_id" not in dropped.line
    assert told("internal", ("traceparent", "nonsense")).sent == []


def test_every_try_of_a_call_is_told_the_same_and_the_log_counts_them(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    def answers(_: Received) -> Reply:
        return Reply(503) if len(upstream.received) == 1 else Reply(200)

    def retrying(_: str, content: dict[str, Any]) -> None:
        content["upstream"]["retries"] = {"attempts": 1, "statuses": [503], "budget_percent": 100}

    observability = {"traces": {"sample_per_million": 1_000_000}}
    node.publish(bundle=retrying, change=lambda manifest: manifest.update(observability=observability))
    gateway = launch()
    upstream.reply = answers
    response = call(node, "public", credentials_for(node, "public"))
    line: dict[str, Any] = gateway.log_line(response.header("x-request-id"))
    assert (response.status, line["span"]["tries"]) == (200, 2)
    assert len({received.header("traceparent") for received in upstream.received}) == 1

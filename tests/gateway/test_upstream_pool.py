"""Several endpoints: who is asked, who is left out, who is asked again, and how much at once."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.upstream import Received, Reply, Upstream
from tests.support.metrics import listens, scrape
from tests.support.ports import free_port

Launch = Callable[..., Gateway]


@pytest.fixture
def three() -> Iterator[list[Upstream]]:
    upstreams = [Upstream() for _ in range(3)]
    yield upstreams
    for upstream in upstreams:
        upstream.close()


def among(upstreams: list[Upstream], **members: Any) -> Callable[..., None]:
    ports = [upstream.port for upstream in upstreams]
    return at_ports(ports, **members)


def at_ports(ports: list[int], **members: Any) -> Callable[..., None]:
    endpoints = [{"host": "127.0.0.1", "port": port, "weight": 1} for port in ports]
    return upstream_is(**{"host": "orders.test", "endpoints": endpoints} | members)


def counts(upstreams: list[Upstream], path: str = "/base/orders") -> list[int]:
    return [sum(request.target == path for request in upstream.received) for upstream in upstreams]


def failing(received: Received) -> Reply:
    return Reply(status=503, body=b"{}")


def test_requests_go_round_and_every_endpoint_is_called_by_the_services_name(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    node.publish(bundle=among(three, port=80))
    launch()
    credential = credentials_for(node, "public")
    assert {call(node, "public", credential).status for _ in range(12)} == {200}
    assert counts(three) == [4, 4, 4]
    assert {upstream.last.header("host") for upstream in three} == {"orders.test"}


def test_weights_are_shares(node: Node, launch: Launch, three: list[Upstream]) -> None:
    def weighted(ring: str, bundle: dict[str, Any]) -> None:
        among(three)(ring, bundle)
        for endpoint, weight in zip(bundle["upstream"]["endpoints"], (1, 2, 5), strict=True):
            endpoint["weight"] = weight

    node.publish(bundle=weighted)
    launch()
    credential = credentials_for(node, "public")
    for _ in range(16):
        call(node, "public", credential)
    assert sorted(counts(three)) == [2, 4, 10]


def test_a_consumer_and_a_header_stay_with_an_endpoint(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    node.publish(bundle=among(three, balance={"by": "header", "name": "x-tenant"}))
    launch()
    credential = credentials_for(node, "public")

    def where(*fields: Field) -> int:
        before = counts(three)
        call(node, "public", credential, *fields)
        return [now - then for now, then in zip(counts(three), before, strict=True)].index(1)

    tenants = {f"t{number}": where(("X-Tenant", f"t{number}")) for number in range(12)}
    assert {where(("X-Tenant", tenant)) == place for tenant, place in tenants.items()} == {True}
    assert len(set(tenants.values())) > 1
    assert len({where() for _ in range(5)}) == 1  # by consumer


def test_an_endpoint_that_is_down_costs_no_request(node: Node, launch: Launch, three: list[Upstream]) -> None:
    node.publish(bundle=at_ports([three[0].port, free_port()]))
    launch()
    credential = credentials_for(node, "public")
    statuses = [call(node, "public", credential, method="POST", body=b"{}").status for _ in range(8)]
    assert statuses == [200] * 8


def test_a_status_is_asked_for_again_elsewhere_and_only_where_it_is_safe(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    rule = {"attempts": 1, "statuses": [503], "budget_percent": 100}
    node.publish(bundle=among(three[:2], retries=rule))
    three[0].reply = failing
    launch()
    credential = credentials_for(node, "public")
    assert [call(node, "public", credential).status for _ in range(4)] == [200] * 4
    three[1].reply = failing
    for upstream in three:
        upstream.received.clear()
    assert call(node, "public", credential).status == 503
    assert counts(three) == [1, 1, 0]
    assert call(node, "public", credential, method="POST", body=b"{}").status == 503
    assert sum(counts(three)) == 3


def test_retries_are_a_share_of_requests(node: Node, launch: Launch, three: list[Upstream]) -> None:
    for upstream in three:
        upstream.reply = failing
    rule = {"attempts": 5, "statuses": [503], "budget_percent": 10}
    node.publish(bundle=among(three, retries=rule))
    launch()
    credential = credentials_for(node, "public")
    for _ in range(100):
        call(node, "public", credential)
    assert 100 < sum(counts(three)) <= 100 + 10 + 10


def test_an_endpoint_that_fails_its_check_is_left_out_until_it_is_well(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    check = {
        "path": "/healthz",
        "interval_ms": 50,
        "timeout_ms": 1000,
        "healthy_after": 1,
        "unhealthy_after": 2,
    }
    well = threading.Event()

    def sick(received: Received) -> Reply:
        is_check = received.target == "/healthz"
        return Reply(status=500) if is_check and not well.is_set() else Reply()

    three[0].reply = sick
    node.publish(bundle=among(three[:2], health=check))
    gateway = launch()
    credential = credentials_for(node, "public")

    def share_of_first() -> int:
        three[0].forget()
        three[0].reply = sick
        for _ in range(6):
            assert call(node, "public", credential).status == 200
        return counts(three)[0]

    gateway.eventually(lambda: share_of_first() == 0)
    # What is known of an endpoint outlives a change of the upstream around it.
    slower = check | {"interval_ms": 50}
    gateway.serves_revision(node.publish(bundle=among(three[:2], health=slower, io_timeout_ms=9_999)))
    assert share_of_first() == 0
    well.set()
    gateway.eventually(lambda: share_of_first() == 3)


def test_status_tells_of_endpoints_that_are_left_out_and_why_and_of_none_that_are_back(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    check = {"interval_ms": 30, "timeout_ms": 500, "healthy_after": 1, "unhealthy_after": 1}
    rule = {"errors": 2, "eject_ms": 3_600_000, "max_percent": 100}
    down = free_port()
    node.publish(bundle=at_ports([down, three[0].port, three[1].port], health=check, outliers=rule))
    gateway = launch()
    unhealthy = {f"127.0.0.1:{down}": "unhealthy"}
    gateway.eventually(lambda: left_out(node) == (3, unhealthy))
    three[0].reply = failing
    for _ in range(8):
        call(node, "public", credentials_for(node, "public"))
    ejected = {f"127.0.0.1:{three[0].port}": "ejected"}
    gateway.eventually(lambda: left_out(node) == (3, unhealthy | ejected))
    with socket.create_server(("127.0.0.1", down)):
        gateway.eventually(lambda: left_out(node) == (3, ejected))
    gateway.serves_revision(node.publish(bundle=among(three[1:2], health=check)))
    gateway.eventually(lambda: node.status()["upstreams"] == {})


def left_out(node: Node) -> tuple[int, dict[str, str]] | None:
    """How many endpoints the service has, and those that are not called."""
    lacks = list(node.status()["upstreams"].values())
    if not lacks:
        return None
    assert lacks[0]["left_out"] == len(lacks[0]["addresses"])
    assert all(lack == lacks[0] for lack in lacks)
    return lacks[0]["endpoints"], lacks[0]["addresses"]


def test_metrics_count_endpoints_that_are_left_out_by_reason_while_there_are_such(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    check = {"interval_ms": 30, "timeout_ms": 500, "healthy_after": 1, "unhealthy_after": 1}
    down, listen = free_port(), f"127.0.0.1:{free_port()}"

    def told(manifest: dict[str, Any]) -> None:
        manifest["observability"] = {"metrics": {"listen": listen, "max_series": 1_000}}

    def left_out() -> dict[tuple[str, str], float]:
        samples = scrape(f"http://{listen}/metrics")
        told = [one for one in samples if one.name == "ringwork_upstream_endpoints_left_out"]
        orders = [one for one in told if one.labels["api"] == "orders"]
        return {(one.labels["version"], one.labels["reason"]): one.value for one in orders}

    node.publish(bundle=at_ports([down, three[0].port], health=check), change=told)
    gateway = launch()
    gateway.eventually(lambda: listens(listen) and left_out() == {("v1", "unhealthy"): 1})
    gateway.serves_revision(
        node.publish(bundle=upstream_is(host="nowhere.invalid", health=check), change=told)
    )
    gateway.eventually(lambda: left_out() == {("v1", "no_address"): 1})
    gateway.serves_revision(node.publish(bundle=among(three[1:2], health=check), change=told))
    gateway.eventually(lambda: left_out() == {})


def test_a_service_without_an_address_is_told_of(node: Node, launch: Launch) -> None:
    node.publish(
        bundle=upstream_is(host="nowhere.invalid", outliers={"errors": 5, "eject_ms": 1, "max_percent": 50})
    )
    gateway = launch()
    gateway.eventually(lambda: left_out(node) == (0, {}))


def test_checks_end_when_nobody_names_the_endpoint_any_more(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    check = {
        "path": "/healthz",
        "interval_ms": 20,
        "timeout_ms": 500,
        "healthy_after": 1,
        "unhealthy_after": 1,
    }
    node.publish(bundle=among(three[:2], health=check))
    gateway = launch()
    gateway.eventually(lambda: counts(three, "/healthz")[0] > 2)
    gateway.serves_revision(node.publish(bundle=among(three[1:2], health=check)))
    gateway.eventually(lambda: _is_left_alone(three))


def _is_left_alone(three: list[Upstream]) -> bool:
    """The second was checked several times, and the first not once meanwhile."""
    three[0].received.clear()
    three[1].received.clear()
    while counts(three, "/healthz")[1] < 5:
        threading.Event().wait(0.01)
    return counts(three, "/healthz")[0] == 0


def test_a_connection_is_enough_where_no_path_is_asked(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    check = {"interval_ms": 30, "timeout_ms": 500, "healthy_after": 1, "unhealthy_after": 1}
    rule = {"attempts": 0, "budget_percent": 0}
    node.publish(bundle=at_ports([three[0].port, free_port()], health=check, retries=rule))
    gateway = launch()
    credential = credentials_for(node, "public")
    gateway.eventually(lambda: {call(node, "public", credential).status for _ in range(6)} == {200})


def test_an_endpoint_that_fails_again_and_again_is_left_out_for_a_while(
    node: Node, launch: Launch, three: list[Upstream]
) -> None:
    three[0].reply = failing
    rule = {"errors": 3, "eject_ms": 600_000, "max_percent": 50}
    node.publish(bundle=among(three[:2], outliers=rule, retries={"attempts": 0, "budget_percent": 0}))
    launch()
    credential = credentials_for(node, "public")
    statuses = [call(node, "public", credential).status for _ in range(20)]
    assert statuses.count(503) == 3
    # The other may fail as it likes: half of the endpoints stay.
    three[1].reply = failing
    assert [call(node, "public", credential).status for _ in range(8)] == [503] * 8
    assert counts(three)[0] == 3


def test_more_requests_than_the_service_takes_are_503_at_once(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    rule = {"max_requests": 2, "max_pending": 1, "pending_timeout_ms": 60_000}
    node.publish(bundle=upstream_is(breaker=rule))
    gateway = launch()
    leave, inside = threading.Event(), threading.Semaphore(0)

    def busy(received: Received) -> Reply:
        inside.release()
        leave.wait(20)
        return Reply()

    upstream.reply = busy
    credentials = {ring: credentials_for(node, ring) for ring in ("internal", "partner", "public")}
    with ThreadPoolExecutor(8) as clients:
        first = [clients.submit(call, node, ring, credentials[ring]) for ring in ("internal", "partner")]
        assert inside.acquire(timeout=20) and inside.acquire(timeout=20)
        # One more waits; it has no place yet, whatever its ring.
        others = [clients.submit(call, node, "public", credentials["public"]) for _ in range(3)]
        gateway.eventually(lambda: sum(other.done() for other in others) == 2)
        refused = [other.result() for other in others if other.done()]
        assert [(one.status, one.code) for one in refused] == [(503, "upstream_overloaded")] * 2
        leave.set()
        assert {one.result().status for one in first} == {200}
        assert sorted(other.result().status for other in others) == [200, 503, 503]
    assert call(node, "public", credentials["public"]).status == 200


def test_the_total_time_ends_a_response_that_drips(node: Node, launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        node.publish(bundle=upstream_is(port=listener.getsockname()[1], total_timeout_ms=400))
        launch()
        stop = threading.Event()
        threading.Thread(target=_drip, args=(listener, stop), daemon=True).start()
        with pytest.raises((AssertionError, ConnectionError, ssl.SSLError)):
            call(node, "public", credentials_for(node, "public"))
        stop.set()


def _drip(listener: socket.socket, stop: threading.Event) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(65_536)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            if stop.wait(0.05):
                return
            try:
                client.sendall(b"x")
            except OSError:
                return


def test_a_silent_upstream_is_504_when_the_total_time_is_over(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    node.publish(bundle=upstream_is(total_timeout_ms=200))
    launch()
    held = upstream.hold()
    response = call(node, "public", credentials_for(node, "public"))
    held.leave.set()
    assert (response.status, response.code) == (504, "upstream_timeout")


@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0"])
def test_forbidden_addresses_are_never_connected_to(node: Node, launch: Launch, host: str) -> None:
    node.publish(bundle=upstream_is(host=host, port=80, connect_timeout_ms=60_000))
    gateway = launch()
    response = call(node, "internal", credentials_for(node, "internal"))
    assert (response.status, response.code) == (502, "upstream_unreachable")
    line = gateway.log_line(response.header("x-request-id"))
    assert "ConnectNoRoute" in str(line["internal_reason"])
    endpoints = [{"host": host, "port": 80}]
    gateway.serves_revision(node.publish(bundle=upstream_is(endpoints=endpoints)))
    assert call(node, "internal", credentials_for(node, "internal")).code == "upstream_unreachable"

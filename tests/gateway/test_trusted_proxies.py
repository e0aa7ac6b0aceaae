"""Who a client is, is believed from declared proxies only; allow-lists judge the true address."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import TIMEOUT_SECONDS, Connection, Response, client_context, connect, request

Launch = Callable[..., Gateway]
ORDERS = "/shop/v1/orders"
CLIENT, STRANGER, PROXY = "203.0.113.7", "127.0.0.2", "127.0.0.1"
V2 = b"\r\n\r\n\x00\r\nQUIT\n"


def trusting(node: Node, ring: str = "public", *, networks: list[str] | None = None, **proxies: Any) -> None:
    """The next revision trusts the proxy at 127.0.0.1 on `ring`."""

    def trust(manifest: dict[str, Any]) -> None:
        manifest["rings"][ring]["trusted_proxies"] = {"networks": [f"{PROXY}/32"]} | proxies
        manifest["rings"][ring]["networks"] = networks or []

    node.publish(change=trust)


def version_1(client: str) -> bytes:
    return f"PROXY TCP4 {client} 10.0.0.1 4711 8443\r\n".encode()


def version_2(client: str) -> bytes:
    addresses = socket.inet_aton(client) + socket.inet_aton("10.0.0.1") + struct.pack("!HH", 4711, 8443)
    return V2 + b"\x21\x11" + struct.pack("!H", len(addresses)) + addresses


def through(node: Node, header: bytes, *, source: str = PROXY, ring: str = "public") -> Response:
    """A call behind `header`. Raises OSError when the gateway closes instead of shaking hands."""
    context = client_context(node.authorities[ring].file)
    plain = socket.create_connection(node.addresses[ring], TIMEOUT_SECONDS, (source, 0))
    plain.sendall(header)
    # wrap_socket would shake hands on whatever comes first: the header is out already.
    secured = context.wrap_socket(plain, server_hostname=HOSTS[ring])
    with Connection.over(secured) as connection:
        return connection.exchange(request("GET", ORDERS, HOSTS[ring], credentials_for(node, ring)))


@pytest.mark.parametrize("header", [version_1, version_2])
@pytest.mark.parametrize("demand", ["required", "optional"])
def test_the_proxy_protocol_names_the_client(
    node: Node, launch: Launch, upstream: Upstream, header: Callable[[str], bytes], demand: str
) -> None:
    trusting(node, proxy_protocol=demand, networks=["203.0.113.0/24"])
    gateway = launch()
    answer = through(node, header(CLIENT))
    assert answer.status == 200
    assert gateway.log_line(answer.header("x-request-id"))["client_address"] == CLIENT
    assert through(node, header("198.51.100.1")).status == 403


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PROXY TCP4 a b 1 2\r\n",
        V2 + b"\x31\x11\x00\x00",
        V2 + b"\x21\x11\xff\xff",
    ],
    ids=["none", "HTTP", "no addresses", "version 3", "too long"],
)
def test_where_it_is_required_nothing_else_begins_a_connection(
    node: Node, launch: Launch, upstream: Upstream, header: bytes
) -> None:
    trusting(node, proxy_protocol="required")
    launch()
    with pytest.raises((OSError, ssl.SSLError)):
        through(node, header)
    assert upstream.received == []


@pytest.mark.parametrize("demand", ["required", "optional"])
def test_a_stranger_cannot_speak_for_others(
    node: Node, launch: Launch, upstream: Upstream, demand: str
) -> None:
    trusting(node, proxy_protocol=demand)
    launch()
    with pytest.raises((OSError, ssl.SSLError)):
        through(node, version_1(CLIENT), source=STRANGER)
    assert upstream.received == []


def test_where_it_is_optional_others_are_clients_of_their_own(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    trusting(node, proxy_protocol="optional")
    gateway = launch()
    for source in (STRANGER, PROXY):
        answer = through(node, b"", source=source)
        assert gateway.log_line(answer.header("x-request-id"))["client_address"] == source


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-forwarded-for", f"10.9.8.7, {CLIENT}"),
        ("x-forwarded-for", f"10.9.8.7, {CLIENT}:4711, {PROXY}"),
        ("forwarded", f'for=10.9.8.7, for="{CLIENT}:4711";proto=https'),
    ],
)
def test_a_declared_proxy_names_the_client_in_its_field(
    node: Node, launch: Launch, upstream: Upstream, header: str, value: str
) -> None:
    trusting(node, header=header, networks=["203.0.113.0/24"])
    gateway = launch()
    proof = credentials_for(node, "public")
    answer = call(node, "public", proof, (header, value))
    assert answer.status == 200
    assert gateway.log_line(answer.header("x-request-id"))["client_address"] == CLIENT
    assert upstream.last.header(header) is None
    assert call(node, "public", proof, (header, value.replace(CLIENT, "198.51.100.1"))).status == 403
    assert call(node, "public", proof).status == 403  # the proxy itself is on no list


def test_the_field_of_a_stranger_is_not_read(node: Node, launch: Launch, upstream: Upstream) -> None:
    trusting(node, header="x-forwarded-for", networks=["203.0.113.0/24"])
    launch()
    ask = request(
        "GET", ORDERS, HOSTS["public"], credentials_for(node, "public"), ("X-Forwarded-For", CLIENT)
    )
    with Connection(node, "public", source=STRANGER) as connection:
        assert connection.exchange(ask).status == 403
    assert upstream.received == []


@pytest.mark.parametrize("value", ["unknown", "", "a, b", f"{CLIENT}, "])
def test_what_a_proxy_vouches_for_and_nobody_can_read_is_refused(
    node: Node, launch: Launch, upstream: Upstream, value: str
) -> None:
    trusting(node, header="x-forwarded-for")
    launch()
    answer = call(node, "public", credentials_for(node, "public"), ("X-Forwarded-For", value))
    assert (answer.status, answer.code) == (400, "bad_request")
    assert upstream.received == []


def test_a_keys_networks_are_judged_by_the_true_address(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    trusting(node, "partner", header="x-forwarded-for")
    launch()
    proof = ("X-Api-Key", node.key("partner", networks=["203.0.113.0/24"]).text)
    assert call(node, "partner", proof, ("X-Forwarded-For", CLIENT)).status == 200
    assert call(node, "partner", proof, ("X-Forwarded-For", "198.51.100.1")).status == 403


def as_service(node: Node, service: str, *fields: tuple[str, str]) -> Response:
    with Connection(node, "internal", certificate=node.svid(service)) as connection:
        return connection.exchange(request("GET", ORDERS, HOSTS["internal"], *fields))


def certificate_of(service: str, domain: str = "acme.test") -> tuple[str, str]:
    return ("X-Forwarded-Client-Cert", f"By=spiffe://x/y;Hash=ab;URI=spiffe://{domain}/{service}")


def test_a_declared_mesh_proxy_names_the_calling_service(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    trusting(node, "internal", services=["mesh"])
    gateway = launch()
    answer = as_service(node, "mesh", certificate_of("billing"))
    assert answer.status == 200
    assert upstream.last.header("x-ringwork-consumer") == "billing"
    assert upstream.last.header("x-forwarded-client-cert") is None
    assert gateway.log_line(answer.header("x-request-id"))["proof"] == "mesh_proxy"


def test_nobody_becomes_the_mesh_proxy_itself(node: Node, launch: Launch, upstream: Upstream) -> None:
    trusting(node, "internal", services=["mesh"])
    launch()
    assert as_service(node, "mesh").code == "credentials_missing"
    for field in (
        certificate_of("billing", "evil.test"),
        ("X-Forwarded-Client-Cert", "Hash=ab"),
        ("X-Forwarded-Client-Cert", "URI=spiffe://acme.test/billing,Hash=ab"),
    ):
        assert as_service(node, "mesh", field).code == "credentials_invalid"
    assert as_service(node, "mesh", certificate_of("a"), certificate_of("b")).code == "credentials_invalid"
    assert upstream.received == []


def test_an_undeclared_service_speaks_for_itself_alone(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    trusting(node, "internal", services=["mesh"])
    launch()
    assert as_service(node, "shipping", certificate_of("billing")).status == 200
    assert upstream.last.header("x-ringwork-consumer") == "shipping"
    token = ("X-Internal-Service-Token", node.tokens.issue("shipping"))
    context = client_context(node.authorities["internal"].file)
    with Connection.over(connect(node, "internal", context, HOSTS["internal"])) as connection:
        ask = request("GET", ORDERS, HOSTS["internal"], token, certificate_of("billing"))
        assert connection.exchange(ask).status == 200
    assert upstream.last.header("x-ringwork-consumer") == "shipping"

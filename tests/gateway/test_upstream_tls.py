"""TLS to upstreams: nobody is called who cannot prove the name the estate says."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.certificates import TestAuthority
from tests.gateway.node import RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.upstream import Upstream
from tests.gateway.upstream_http2 import Http2Upstream

Launch = Callable[..., Gateway]
NAME = "orders.service.test"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority("services", tmp_path_factory.mktemp("services"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority("strangers", tmp_path_factory.mktemp("strangers"))


def served_by(authority: TestAuthority, name: str = NAME) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = authority.server(name)
    context.load_cert_chain(files.certificate, files.key)
    return context


@pytest.fixture
def secure(authority: TestAuthority) -> Iterator[Upstream]:
    upstream = Upstream(served_by(authority))
    yield upstream
    upstream.close()


def trusting(authority: TestAuthority, port: int, **options: Any) -> Callable[..., None]:
    options = {"ca_pem": authority.pem.decode(), "server_name": NAME} | options
    return upstream_is(tls=True, port=port, tls_options=options)


def test_an_upstream_is_called_over_tls_when_its_ca_and_name_are_right(
    node: Node, launch: Launch, authority: TestAuthority, secure: Upstream
) -> None:
    node.publish(bundle=trusting(authority, secure.port))
    launch()
    for ring in RINGS:
        assert call(node, ring, credentials_for(node, ring)).status == 200
    assert len(secure.received) == len(RINGS)


@pytest.mark.parametrize("wrong", ["name", "ca", "system roots"])
def test_an_upstream_that_cannot_prove_itself_gets_nothing(
    node: Node,
    launch: Launch,
    authority: TestAuthority,
    stranger: TestAuthority,
    secure: Upstream,
    wrong: str,
) -> None:
    changes = {
        "name": trusting(authority, secure.port, server_name="other.service.test"),
        "ca": trusting(stranger, secure.port),
        "system roots": upstream_is(tls=True, port=secure.port, tls_options={"server_name": NAME}),
    }
    node.publish(bundle=changes[wrong])
    launch()
    response = call(node, "public", credentials_for(node, "public"))
    assert (response.status, response.code) == (502, "upstream_unreachable")
    assert secure.received == []


def test_system_roots_verify_an_upstream_of_which_nothing_more_is_said(
    node: Node, launch: Launch, authority: TestAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    upstream = Upstream(served_by(authority, "localhost"))
    node.publish(bundle=upstream_is(tls=True, host="localhost", port=upstream.port))
    launch()
    assert call(node, "public", credentials_for(node, "public")).status == 200
    upstream.close()


def test_connections_are_not_shared_by_upstreams_that_trust_differently(
    node: Node, launch: Launch, authority: TestAuthority, stranger: TestAuthority, secure: Upstream
) -> None:
    node.publish(bundle=trusting(authority, secure.port))
    gateway = launch()
    assert call(node, "public", credentials_for(node, "public")).status == 200
    gateway.serves_revision(node.publish(bundle=trusting(stranger, secure.port)))
    assert call(node, "public", credentials_for(node, "public")).status == 502


@pytest.mark.parametrize("protocol", ["http2", "auto"])
def test_http2_is_spoken_over_tls(
    node: Node, launch: Launch, authority: TestAuthority, protocol: str
) -> None:
    context = served_by(authority)
    context.set_alpn_protocols(["h2"])
    upstream = Http2Upstream(context)

    def speak(ring: str, bundle: dict[str, Any]) -> None:
        trusting(authority, upstream.port)(ring, bundle)
        bundle["upstream"]["protocol"] = protocol

    node.publish(bundle=speak)
    launch()
    for ring in RINGS:
        response = call(node, ring, credentials_for(node, ring), method="POST", body=b'{"a":1}')
        assert (response.status, response.body) == (200, b'{"ok":true}')
    assert upstream.header(":path") == "/base/orders"
    assert upstream.header(":authority") == f"127.0.0.1:{upstream.port}"
    upstream.close()


def test_auto_falls_back_to_http1(
    node: Node, launch: Launch, authority: TestAuthority, secure: Upstream
) -> None:
    def speak(ring: str, bundle: dict[str, Any]) -> None:
        trusting(authority, secure.port)(ring, bundle)
        bundle["upstream"]["protocol"] = "auto"

    node.publish(bundle=speak)
    launch()
    assert call(node, "public", credentials_for(node, "public")).status == 200


def test_http2_without_tls_needs_no_upgrade(node: Node, launch: Launch) -> None:
    upstream = Http2Upstream()
    node.publish(bundle=upstream_is(port=upstream.port, protocol="http2"))
    launch()
    grpc = ("Content-Type", "application/grpc")
    response = call(node, "public", credentials_for(node, "public"), grpc, method="POST", body=b"\0\0\0\0\0")
    assert response.status == 200
    assert upstream.header("te") == "trailers"
    assert call(node, "public", credentials_for(node, "public")).status == 200
    assert upstream.header("te") is None
    upstream.close()


def test_the_gateway_shows_its_certificate_to_an_upstream_that_asks(
    node: Node, launch: Launch, authority: TestAuthority, stranger: TestAuthority, tmp_path: Path
) -> None:
    context = served_by(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    upstream = Upstream(context)
    known, unknown = authority.svid("spiffe://acme/gateway"), stranger.svid("spiffe://acme/gateway")

    def showing(certificate: bytes) -> Callable[..., None]:
        options = {"client_certificate_pem": certificate.decode(), "client_key": "secret://orders-key"}
        return trusting(authority, upstream.port, **options)

    node.publish(bundle=showing(known.certificate.read_bytes()))
    gateway = launch()
    credential = credentials_for(node, "public")
    assert call(node, "public", credential).code == "upstream_credential"  # no key on the node yet
    node.provide_secrets({"secret://orders-key": known.key.read_text()})
    gateway.eventually(lambda: call(node, "public", credential).status == 200)
    node.provide_secrets({"secret://orders-key": unknown.key.read_text()})
    gateway.serves_revision(node.publish(bundle=showing(unknown.certificate.read_bytes())))
    gateway.eventually(lambda: call(node, "public", credential).status == 502)
    upstream.close()

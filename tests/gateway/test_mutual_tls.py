"""The internal ring: X.509-SVIDs, judged anew at every request; the service token as the fallback."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.certificates import CertificateFiles, TestAuthority
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, client_context, request

ASK = request("GET", "/shop/v1/orders", HOSTS["internal"])


def call_as(node: Node, certificate: CertificateFiles | None, *fields: tuple[str, str]) -> Response:
    with Connection(node, "internal", certificate=certificate) as connection:
        return connection.exchange(request("GET", "/shop/v1/orders", HOSTS["internal"], *fields))


def test_a_service_is_known_by_its_certificate(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    assert call_as(node, node.svid("shipping")).status == 200
    assert upstream.last.header("x-ringwork-consumer") == "shipping"
    assert upstream.last.header("x-ringwork-application") == "spiffe://acme.test/shipping"


def test_certificate_and_token_are_the_same_caller(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    assert call_as(node, node.svid("shipping")).status == 200
    token = ("X-Internal-Service-Token", node.tokens.issue("shipping"))
    assert call_as(node, None, token).status == 200
    first, second = ([h for h in sent.headers if "request-id" not in h[0]] for sent in upstream.received)
    assert first == second


def test_an_expired_certificate_is_nobody(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    assert call_as(node, node.svid("shipping", lifetime=timedelta(minutes=-1))).status == 401
    assert upstream.received == []


def test_a_certificate_of_a_foreign_authority_is_nobody(
    shared_gateway: Gateway, upstream: Upstream, tmp_path: Path
) -> None:
    node = shared_gateway.node
    foreign = TestAuthority("foreign", tmp_path)
    assert call_as(node, foreign.svid("spiffe://acme.test/shipping")).status == 401
    # The CA of an outer ring's own certificate is a stranger here, too.
    assert call_as(node, node.authorities["public"].svid("spiffe://acme.test/shipping")).status == 401
    assert upstream.received == []


def test_a_certificate_of_another_trust_domain_is_nobody(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    other = node.authorities["internal"].svid("spiffe://evil.test/shipping")
    assert call_as(node, other).status == 401
    assert upstream.received == []


def test_a_listeners_certificate_is_no_identity(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    server = node.authorities["internal"].server(HOSTS["internal"])
    with contextlib.suppress(ssl.SSLError):  # refused in the handshake already
        assert call_as(node, server).status == 401
    assert upstream.received == []


def test_a_revocation_reaches_open_connections(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    svid = node.svid("shipping")
    with Connection(node, "internal", certificate=svid) as connection:
        assert connection.exchange(ASK).status == 200
        node.change_identity({"change": "revoke_certificate", "serial": svid.serial})
        assert connection.exchange(ASK).status == 401


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_is_judged_anew(
    shared_gateway: Gateway, upstream: Upstream, version: ssl.TLSVersion
) -> None:
    """Resumption skips the handshake's verifier: the caller must be known from the session, and judged again."""
    node = shared_gateway.node
    svid = node.svid("shipping")
    context = client_context(node.authorities["internal"].file, svid)
    context.minimum_version = context.maximum_version = version
    with Connection(node, "internal", context=context) as connection:
        assert connection.exchange(ASK).status == 200
        session = connection.socket.session
    with Connection(node, "internal", context=context, session=session) as resumed:
        assert resumed.socket.session_reused
        assert resumed.exchange(ASK).status == 200
        session = resumed.socket.session or session
    assert upstream.last.header("x-ringwork-consumer") == "shipping"
    node.change_identity({"change": "revoke_certificate", "serial": svid.serial})
    with Connection(node, "internal", context=context, session=session) as revoked:
        assert revoked.exchange(ASK).status == 401


def test_without_any_proof_the_handshake_works_and_the_call_does_not(shared_gateway: Gateway) -> None:
    response = call_as(shared_gateway.node, None)
    assert (response.status, response.code) == (401, "credentials_missing")


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_a_certificate_proves_nothing_on_an_outer_ring(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node = shared_gateway.node
    context = client_context(node.authorities[ring].file, node.svid("shipping"))
    with Connection(node, ring, context=context) as connection:
        response = connection.exchange(request("GET", "/shop/v1/orders", HOSTS[ring]))
    assert response.status == 401
    assert upstream.received == []


def test_a_revoked_token_is_nobody(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    token = ("X-Internal-Service-Token", node.tokens.issue("shipping", jti="to-be-revoked"))
    assert call_as(node, None, token).status == 200
    node.change_identity({"change": "revoke_token", "jti": "to-be-revoked"})
    assert call_as(node, None, token).status == 401


def trusting(node: Node, *authorities: TestAuthority) -> int:
    """The next revision trusts these CAs on the internal ring."""
    pem = "".join(authority.pem.decode() for authority in authorities)

    def trust(manifest: dict[str, Any]) -> None:
        manifest["rings"]["internal"]["authentication"]["mtls"]["trust_bundle_pem"] = pem

    return node.publish(change=trust)


def test_a_trust_bundle_rotates_with_overlap_and_old_certificates_end_with_it(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream, tmp_path: Path
) -> None:
    """Also on connections that are open, and on sessions that are resumed."""
    gateway = launch()
    old, new = node.authorities["internal"], TestAuthority("next", tmp_path)
    before, after = node.svid("shipping"), new.svid("spiffe://acme.test/shipping")
    assert (call_as(node, before).status, call_as(node, after).status) == (200, 401)
    gateway.serves_revision(trusting(node, old, new))
    assert (call_as(node, before).status, call_as(node, after).status) == (200, 200)
    context = client_context(node.authorities["internal"].file, before)
    with Connection(node, "internal", context=context) as connection:
        assert connection.exchange(ASK).status == 200
        session = connection.socket.session
        gateway.serves_revision(trusting(node, new))
        assert connection.exchange(ASK).status == 401
    with Connection(node, "internal", context=context, session=session) as resumed:
        assert resumed.socket.session_reused
        assert resumed.exchange(ASK).status == 401
    assert (call_as(node, before).status, call_as(node, after).status) == (401, 200)


def test_a_service_rotates_its_certificate_with_overlap(shared_gateway: Gateway, upstream: Upstream) -> None:
    """Two certificates of one service are one caller, and revoking one leaves the other."""
    node = shared_gateway.node
    first, second = node.svid("rotating"), node.svid("rotating")
    assert (call_as(node, first).status, call_as(node, second).status) == (200, 200)
    assert {sent.header("x-ringwork-consumer") for sent in upstream.received} == {"rotating"}
    node.change_identity({"change": "revoke_certificate", "serial": first.serial})
    assert (call_as(node, first).status, call_as(node, second).status) == (401, 200)

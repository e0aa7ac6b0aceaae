"""The accepting socket alone decides the ring; other rings' names lead nowhere and are never shown."""

from __future__ import annotations

import ssl

import pytest
from cryptography import x509

from tests.gateway.node import HOSTS, RINGS
from tests.gateway.process import Gateway
from tests.gateway.support import credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, request

FOREIGN = [(ring, other) for ring in RINGS for other in RINGS if ring != other]


@pytest.mark.parametrize(("ring", "other"), FOREIGN)
def test_a_host_of_another_ring_is_not_found(
    shared_gateway: Gateway, upstream: Upstream, ring: str, other: str
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, ring)

    def ask(host: str) -> Response:
        with Connection(node, ring) as connection:
            return connection.exchange(request("GET", "/shop/v1/orders", host, proof))

    foreign, nowhere = ask(HOSTS[other]), ask("nowhere.test")
    assert foreign.status == 404
    if ring != "internal":  # the internal ring says what went wrong
        assert foreign.without_moment == nowhere.without_moment
        assert HOSTS[other].encode() not in foreign.raw
    assert upstream.received == []


@pytest.mark.parametrize(("ring", "other"), FOREIGN)
def test_a_server_name_of_another_ring_is_not_found_and_shows_no_other_certificate(
    shared_gateway: Gateway, upstream: Upstream, ring: str, other: str
) -> None:
    node = shared_gateway.node
    with Connection(node, ring, server_name=HOSTS[other]) as connection:
        presented = x509.load_der_x509_certificate(connection.socket.getpeercert(binary_form=True) or b"")
        response = connection.exchange(
            request("GET", "/shop/v1/orders", HOSTS[ring], credentials_for(node, ring))
        )
    names = presented.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOSTS[ring]]
    assert response.status == 404
    assert upstream.received == []


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_a_key_of_another_ring_is_no_credential(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node = shared_gateway.node
    other = "public" if ring == "partner" else "partner"
    key = node.key(other)
    with Connection(node, ring) as connection:
        response = connection.exchange(
            request("GET", "/shop/v1/orders", HOSTS[ring], ("X-Api-Key", key.text))
        )
    assert (response.status, response.code) == (401, "credentials_invalid")
    assert upstream.received == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("ring", RINGS)
def test_no_ring_speaks_a_tls_older_than_1_2(shared_gateway: Gateway, ring: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        Connection(shared_gateway.node, ring, context=context)

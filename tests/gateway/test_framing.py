"""What is not one well-formed request to every reader is refused, closed, and never forwarded."""

from __future__ import annotations

import pytest

from tests.gateway.node import HOSTS, RINGS
from tests.gateway.process import Gateway
from tests.gateway.support import credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

TOP = "POST /shop/v1/orders HTTP/1.1\r\nHost: {host}\r\n{proof}\r\n"
MALFORMED = {
    "length and coding": TOP + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": TOP + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": TOP + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "two equal lengths": TOP + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a signed length": TOP + "Content-Length: +4\r\n\r\nabcd",
    "two hosts": TOP + "Host: {host}\r\n\r\n",
    "no host": "GET /shop/v1/orders HTTP/1.1\r\n{proof}\r\n\r\n",
    "bare line feeds": "GET /shop/v1/orders HTTP/1.1\nHost: {host}\n{proof}\n\n",
    "one bare line feed": TOP + "X: a\nTransfer-Encoding: chunked\r\n\r\n",
    "a bare carriage return": TOP + "X: a\rb\r\n\r\n",
    "a folded field": TOP + "X: a\r\n b\r\n\r\n",
    "a folded first field": "GET / HTTP/1.1\r\n X: a\r\nHost: {host}\r\n\r\n",
    "a space before the colon": TOP + "Transfer-Encoding : chunked\r\n\r\n",
    "another coding": TOP + "Transfer-Encoding: gzip, chunked\r\n\r\n",
    "an obscured coding": TOP + "Transfer-Encoding: xchunked\r\n\r\n",
    "chunked in HTTP/1.0": "POST / HTTP/1.0\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a space in the target": "GET /a b HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "HTTP/2 in plain": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another authority in the target": "GET https://other.test/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a user in the host": "GET / HTTP/1.1\r\nHost: me@{host}\r\n\r\n",
}


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_400_and_the_end_of_the_connection(
    shared_gateway: Gateway, upstream: Upstream, ring: str, name: str
) -> None:
    node = shared_gateway.node
    proof = ": ".join(credentials_for(node, ring))
    with Connection(node, ring) as connection:
        response = connection.exchange(MALFORMED[name].format(host=HOSTS[ring], proof=proof).encode())
        assert (response.status, response.code) == (400, "bad_request")
        assert b"pingora" not in response.raw.lower() and response.header("server") is None
        assert response.header("connection") == "close"
        assert connection.closed_by_peer()
    assert upstream.received == []
    line = shared_gateway.log_line(response.header("x-request-id"))
    assert (line["status"], line["ring"], line["code"]) == (400, ring, "bad_request")


def test_what_follows_a_request_on_its_connection_is_not_taken_for_its_body(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    """Requests sent ahead wait for their turn."""
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    first = request("POST", "/shop/v1/orders", HOSTS["public"], proof, body=b"first")
    second = request("GET", "/shop/v1/orders/smuggled", HOSTS["public"], proof)
    with Connection(node, "public") as connection:
        assert connection.exchange(first + second).status == 200
        assert connection.response().status == 200
    assert [(sent.method, sent.body) for sent in upstream.received] == [("POST", b"first"), ("GET", b"")]


@pytest.mark.parametrize("size", ["-1", "0x5", "5,5", "g", "+5", "fffffffffffffffff"])
def test_a_malformed_chunk_ends_the_request(shared_gateway: Gateway, upstream: Upstream, size: str) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    top = request("POST", "/shop/v1/orders", HOSTS["public"], proof, ("Transfer-Encoding", "chunked"))
    with Connection(node, "public") as connection:
        connection.send(top + size.encode() + b"\r\nhello\r\n0\r\n\r\n")
        try:
            assert connection.response().status >= 400
        except ConnectionError:
            pass  # closed without a word is refused as well
        else:
            assert connection.closed_by_peer()
    assert all(sent.body in (b"", b"hello") for sent in upstream.received)


def test_a_head_that_comes_byte_by_byte_is_read(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    data = request("GET", "/shop/v1/orders", HOSTS["public"], credentials_for(node, "public"))
    with Connection(node, "public") as connection:
        for at in range(len(data)):
            connection.send(data[at : at + 1])
        assert connection.response().status == 200


@pytest.mark.parametrize("character", [chr(code) for code in range(0x21, 0x7F)])
def test_no_character_makes_the_gateway_say_what_it_is_built_with(
    shared_gateway: Gateway, upstream: Upstream, character: str
) -> None:
    node = shared_gateway.node
    host, proof = HOSTS["public"], credentials_for(node, "public")
    for data in (
        request("GET", f"/shop/v1/orders/{character}", host, proof),
        request("GET", f"/shop/v1/orders?{character}", host, proof),
        request("GET", character, host, proof),
        request(f"GET{character}", "/shop/v1/orders", host, proof),
        request("GET", "/shop/v1/orders", f"{host}{character}", proof),
        request("GET", "/shop/v1/orders", host, proof, (f"X{character}", "1"), ("X-Value", character)),
    ):
        with Connection(node, "public") as connection:
            response = connection.exchange(data)
        assert response.status in (200, 400, 404), data
        assert b"pingora" not in response.raw.lower(), data

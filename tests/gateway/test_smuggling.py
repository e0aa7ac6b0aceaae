"""What two readers could read differently ends here: our own 400, the connection closed, and the upstream, which keeps
every byte, has none of it. What is odd and clear is served, and the request behind it is a request of its own."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.raw_upstream import LAST_CHUNK, RawUpstream
from tests.gateway.support import credentials_for
from tests.gateway.wire import Connection, Response

CORPUS = tomllib.loads((Path(__file__).parent / "corpora/smuggling.toml").read_text())
REFUSED = CORPUS["refused"]
SERVED = {case["name"]: case for case in CORPUS["served"]}
POST = "POST /shop/v1/orders HTTP/1.1\r\n"
WHO = "Host: {host}\r\n{proof}\r\n"
HIDDEN = "GET /shop/v1/orders/smuggled HTTP/1.1\r\n" + WHO + "\r\n"
# Bytes that some reader takes for white space, a line's end, a separator or nothing.
TROUBLESOME = [*range(0x21), *b'"(),/:;<=>?@[\\]{}\x7f', 0x85, 0xA0, 0xAD, 0xFF]


@pytest.fixture(scope="module")
def raw() -> Iterator[RawUpstream]:
    upstream = RawUpstream()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, raw: RawUpstream) -> Iterator[Gateway]:
    node = Node(tmp_path_factory.mktemp("node"), raw.port)
    node.publish()
    node.change_identity()
    started = Gateway(node).start()
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def forgetful(raw: RawUpstream) -> None:
    raw.forget()


@pytest.fixture(scope="module")
def proofs(gateway: Gateway) -> dict[str, str]:
    return {ring: ": ".join(credentials_for(gateway.node, ring)) for ring in RINGS}


def refused_wires() -> dict[str, str]:
    """Every refused case as the bytes of a connection, placeholders not yet filled in."""
    wires = {}
    for name, fields in REFUSED["fields"].items():
        wires[f"fields: {name}"] = POST + WHO + fields + "\r\n\r\n0\r\n\r\n" + HIDDEN
    for name, line in REFUSED["lines"].items():
        wires[f"line: {name}"] = line + "\r\n" + WHO + "\r\n" + HIDDEN
    for name, host in REFUSED["hosts"].items():
        wires[f"host: {name}"] = "GET /shop/v1/orders HTTP/1.1\r\n" + host + "\r\n{proof}\r\n\r\n" + HIDDEN
    for name, body in REFUSED["chunks"].items():
        wires[f"chunks: {name}"] = POST + WHO + "Transfer-Encoding: chunked\r\n\r\n" + body + HIDDEN
    return wires


WIRES = refused_wires()


def filled(wire: str, ring: str, proofs: dict[str, str]) -> bytes:
    return wire.replace("{host}", HOSTS[ring]).replace("{proof}", proofs[ring]).encode("latin-1")


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", WIRES)
def test_what_is_doubtful_is_400_and_nothing_of_it_goes_on(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str], ring: str, name: str
) -> None:
    with Connection(gateway.node, ring) as connection:
        response = connection.exchange(filled(WIRES[name], ring, proofs))
        assert (response.status, response.code) == (400, "bad_request")
        assert response.header("connection") == "close"
        assert connection.closed_by_peer(), "a second answer, or a connection left open"
    assert raw.received == b""


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_a_refusal_is_the_same_whatever_is_asked_for(
    gateway: Gateway, proofs: dict[str, str], ring: str
) -> None:
    """Hidden, missing, visible; with a credential and without."""
    wire = WIRES["fields: length, then coding"]
    targets = ["/shop/v1/orders", "/shop/v1/orders/export", "/ledger/v1/orders", "/absent/v1/orders"]
    answers = set()
    for target in targets:
        for proof in (proofs[ring], "X-Api-Key: none"):
            asked = wire.replace("/shop/v1/orders HTTP", f"{target} HTTP")
            with Connection(gateway.node, ring) as connection:
                answers.add(connection.exchange(filled(asked, ring, {ring: proof})).without_moment)
    assert len(answers) == 1


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", SERVED)
def test_what_is_odd_and_clear_is_one_request_and_the_next_is_the_next(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str], ring: str, name: str
) -> None:
    case: dict[str, Any] = SERVED[name]
    first = f"{case['method']} /shop/v1/orders HTTP/1.1\r\n" + WHO + case["wire"]
    second = HIDDEN.replace("smuggled", "behind")
    with Connection(gateway.node, ring) as connection:
        connection.send(filled(first + second, ring, proofs))
        bodies = [answer.body for answer in answers_of(connection, 2)]
    assert bodies == [b"/base/orders", b"/base/orders/behind"], "each answer is its own request's"
    one, two = raw.requests
    assert (one.line, one.body) == (f"{case['method']} /base/orders HTTP/1.1", case["body"].encode())
    assert (two.line, two.body) == ("GET /base/orders/behind HTTP/1.1", b"")
    assert one.all("host") == [f"127.0.0.1:{raw.port}"]
    foreign = (
        "trailer",
        "transfer_encoding",
        "content_length",
        "expect",
        "upgrade",
        "http2-settings",
        "x-sum",
    )
    assert not [field for field in one.fields if field[0] in foreign]
    assert one.all("x-ringwork-consumer") not in ([], ["root"])


def answers_of(connection: Connection, count: int) -> list[Response]:
    return [connection.response() for _ in range(count)]


@pytest.mark.parametrize("field", ["Transfer-Encoding: chunked", "Content-Length: 5"])
@pytest.mark.parametrize("place", ["name begins", "name ends", "value begins", "value ends"])
def test_no_byte_beside_what_frames_a_request_makes_two_of_it(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str], field: str, place: str
) -> None:
    """Either refused, or one request of which the upstream has one reading; what is behind it is never hidden in it."""
    name, _, value = field.partition(": ")
    for code in TROUBLESOME:
        byte = chr(code)
        line = {
            "name begins": f"{byte}{name}: {value}",
            "name ends": f"{name}{byte}: {value}",
            "value begins": f"{name}: {byte}{value}",
            "value ends": f"{name}: {value}{byte}",
        }[place]
        raw.forget()
        harmless = place.startswith("value") and byte in " \t"
        with Connection(gateway.node, "public") as connection:
            connection.send(filled(POST + WHO + line + "\r\n\r\n0\r\n\r\n" + HIDDEN, "public", proofs))
            statuses = [answer.status for answer in answers_of(connection, 2 if harmless else 1)]
        assert statuses == ([200, 200] if harmless else [400]), line
        assert len(raw.requests) == (2 if harmless else 0) and bool(raw.received) == harmless, line


@pytest.mark.parametrize("name", REFUSED["chunks"])
def test_a_body_that_turns_malformed_under_way_is_never_completed_nor_its_connection_used_again(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str], name: str
) -> None:
    """A body is passed on as it comes, so its head has gone: then the upstream's connection is broken off."""
    with Connection(gateway.node, "public") as connection:
        connection.send(
            filled(POST + WHO + "Transfer-Encoding: chunked\r\n\r\n6\r\nbefore\r\n", "public", proofs)
        )
        wire = raw.waits_for(b"before\r\n")
        connection.send(filled(REFUSED["chunks"][name] + HIDDEN, "public", proofs))
        response = connection.response()
        assert (response.status, response.code) == (400, "bad_request")
        assert connection.closed_by_peer()
    wait_for(lambda: wire.closed, lambda: "the upstream's connection was kept")
    assert wire.requests == [] and LAST_CHUNK not in wire.received and b"smuggled" not in wire.received
    assert gateway.log_line(response.header("x-request-id"))["code"] == "bad_request"


@pytest.mark.parametrize("name", REFUSED["long"])
def test_a_body_of_hardly_anything_but_framing_is_never_completed(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str], name: str
) -> None:
    """Longer than one read: the client may still be sending when it is let go, and miss the answer."""
    before, repeated, times, behind = REFUSED["long"][name]
    with Connection(gateway.node, "public") as connection, contextlib.suppress(OSError):
        framing = "Transfer-Encoding: chunked\r\n\r\n"
        body = before + repeated * times + behind
        connection.send(filled(POST + WHO + framing + body + HIDDEN, "public", proofs))
        assert connection.response().status == 400
        assert connection.closed_by_peer()
    wait_for(
        lambda: all(wire.closed for wire in raw.wires if b"POST" in wire.received),
        lambda: "the upstream's connection was kept",
    )
    assert raw.requests == [] and LAST_CHUNK not in raw.received and b"smuggled" not in raw.received


@pytest.mark.parametrize(
    "begun",
    ["Transfer-Encoding: chunked\r\n\r\n6\r\nbefore\r\n", "Content-Length: 60\r\n\r\nbefore"],
    ids=["chunked", "length"],
)
def test_a_body_that_ends_early_is_never_completed(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str], begun: str
) -> None:
    connection = Connection(gateway.node, "public")
    connection.send(filled(POST + WHO + begun, "public", proofs))
    wire = raw.waits_for(b"before")
    connection.close()
    wait_for(lambda: wire.closed, lambda: "the upstream's connection was kept")
    assert wire.requests == [] and LAST_CHUNK not in wire.received


def test_requests_sent_ahead_are_answered_in_turn(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str]
) -> None:
    """RFC 9112 §9.3.2; however they are cut into writes, with bodies between them."""
    framed = [SERVED[name]["wire"] for name in ("no body on POST", "a body with its length", "chunks")]
    wire = b"".join(
        filled(f"POST /shop/v1/orders?n={n} HTTP/1.1\r\n" + WHO + framed[n % 3], "public", proofs)
        for n in range(12)
    )
    for size in (7, 100, len(wire)):
        with Connection(gateway.node, "public") as connection:
            for at in range(0, len(wire), size):
                connection.send(wire[at : at + size])
            bodies = [answer.body for answer in answers_of(connection, 12)]
        assert bodies == [f"/base/orders?n={n}".encode() for n in range(12)]


def test_a_malformed_request_behind_a_good_one_spoils_only_itself(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str]
) -> None:
    wire = POST + WHO + "Content-Length: 5\r\n\r\nhello" + "GET / HTTP/1.1\nHost: {host}\n\n" + HIDDEN
    with Connection(gateway.node, "public") as connection:
        connection.send(filled(wire, "public", proofs))
        assert [answer.status for answer in answers_of(connection, 2)] == [200, 400]
        assert connection.closed_by_peer()
    assert [request.body for request in raw.requests] == [b"hello"]


def test_nobody_is_invited_who_did_not_ask(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, str]
) -> None:
    """RFC 9110 §10.1.1: `100` to HTTP/1.1 with a body to come, and to that expectation alone."""
    top = "POST /shop/v1/orders HTTP/1.{minor}\r\n" + WHO + "Expect: {expected}\r\nContent-Length: 5\r\n\r\n"
    for minor, expected, invited in [
        ("1", "100-continue", True),
        ("0", "100-continue", False),
        ("1", "x", False),
    ]:
        wire = top.replace("{minor}", minor).replace("{expected}", expected)
        with Connection(gateway.node, "public") as connection:
            connection.send(filled(wire, "public", proofs))
            if invited:
                connection.read_until(b"100 Continue\r\n\r\n")
            else:
                raw.waits_for(b"Content-Length: 5")
            connection.send(b"hello")
            assert connection.read_until(b"\r\n").startswith(b"HTTP/1.1 200")
        raw.forget()

"""What leaves of JSON bodies on outer rings: what the contract shows, as a whole or not at all, in one piece."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.gateway.bodies import (
    ORDERS,
    OUTER,
    SHOWN,
    WHOLE,
    Service,
    chunked,
    following,
    head,
    removed,
    sized,
)
from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, request

# JSON that no two readers read alike, or that none may (RFC 8259, RFC 7493).
TORTURE = {
    "cut": WHOLE[:-1],
    "cut in a string": b'{"id":"',
    "garbage behind": WHOLE + b"x",
    "two texts": WHOLE + WHOLE,
    "a duplicate": b'{"id":"1","id":"2"}',
    "a duplicate in disguise": b'{"id":"1","\\u0069d":"2"}',
    "a hidden duplicate": b'{"secret":"LEAK","secret":"LEAK"}',
    "not UTF-8": b'{"id":"\xff\xfe"}',
    "overlong": b'{"id":"\xc0\xaf"}',
    "half a surrogate": b'{"id":"\\ud800"}',
    "a comma too many": b'{"id":"1",}',
    "single quotes": b"{'id':'1'}",
    "a comment": b'{"id":"1"/*LEAK*/}',
    "no quotes": b'{id:"1"}',
    "a control character": b'{"id":"\x01"}',
    "a bad escape": b'{"id":"\\x41"}',
    "NaN": b'{"total":NaN}',
    "a leading zero": b'{"total":01}',
    "a huge number": b'{"total":' + b"9" * 1001 + b"}",
    "too deep": b'{"risk":' + b"[" * 200 + b"]" * 200 + b"}",
    "of another type": b'["LEAK"]',
    "a scalar": b'"LEAK"',
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "HTML": b"<html>LEAK: java.lang.NullPointerException at db.internal</html>",
    "a mark inside": b'{"id":\xef\xbb\xbf"1"}',
    "blanks": b"   ",
}


@pytest.fixture
def serving(node: Node, launch: Callable[..., Gateway], service: Service) -> Gateway:
    node.upstream_port = service.port
    node.publish(bundle=following(node))
    return launch()


def get(gateway: Gateway, ring: str, *fields: Field, method: str = "GET", target: str = ORDERS) -> Response:
    proof = credentials_for(gateway.node, ring)
    return call(gateway.node, ring, proof, *fields, method=method, target=target)


@pytest.mark.parametrize("ring", OUTER)
def test_what_the_contract_does_not_show_does_not_leave(serving: Gateway, ring: str) -> None:
    response = get(serving, ring)
    assert (response.status, response.body) == (200, SHOWN)
    assert response.header("content-length") == str(len(SHOWN))
    line = serving.log_line(response.header("x-request-id"))
    assert removed(line) == {
        "/items/*/cost": ("narrower", 1),
        "/risk": ("undeclared", 1),
        "/secret": ("narrower", 1),
    }


def test_the_internal_ring_gets_the_original_and_is_told(serving: Gateway, service: Service) -> None:
    response = get(serving, "internal")
    assert (response.status, response.body) == (200, WHOLE)
    line = serving.log_line(response.header("x-request-id"))
    assert set(removed(line)) == {"/items/*/cost", "/risk", "/secret"}
    service.answers(sized(b"no JSON at all", 599, kind="text/html"))
    response = get(serving, "internal")
    assert (response.status, response.body) == (599, b"no JSON at all")
    line = serving.log_line(response.header("x-request-id"))
    assert removed(line) == {"": ("undeclared_status", 1)}


@pytest.mark.parametrize("ring", RINGS)
def test_a_line_says_nothing_where_nothing_was_removed(serving: Gateway, service: Service, ring: str) -> None:
    service.answers(sized(SHOWN))
    response = get(serving, ring)
    assert response.body == SHOWN
    assert not {"removed", "unlisted"} & serving.log_line(response.header("x-request-id")).keys()


@pytest.mark.parametrize("framed", ["sized", "chunked", "closed", "one chunk"])
def test_wherever_a_body_is_cut_the_same_leaves(serving: Gateway, service: Service, framed: str) -> None:
    pieces = [WHOLE[at : at + 1] for at in range(len(WHOLE))]
    whole = {
        "sized": [sized(WHOLE)[at : at + 1] for at in range(len(sized(WHOLE)))],
        "chunked": [head(200, "Transfer-Encoding: chunked"), chunked(*pieces)],
        "closed": [head(), *pieces],
        "one chunk": [head(200, "Transfer-Encoding: chunked"), chunked(WHOLE)],
    }
    service.answers(*whole[framed], closes=framed == "closed")
    response = get(serving, "public")
    assert (response.status, response.body) == (200, SHOWN)
    assert response.header("content-length") == str(len(SHOWN))
    assert response.header("transfer-encoding") is None


@pytest.mark.parametrize("body", TORTURE.values(), ids=TORTURE.keys())
def test_what_cannot_be_understood_does_not_leave(serving: Gateway, service: Service, body: bytes) -> None:
    key = credentials_for(serving.node, "public")
    service.answers(sized(body))
    with Connection(serving.node, "public") as connection:
        ask = request("GET", "/shop/v1/orders", HOSTS["public"], key)
        response = connection.exchange(ask)
        assert (response.status, response.code) == (502, "upstream_fault")
        assert response.header("content-type") == "application/problem+json"
        assert b"LEAK" not in response.raw
        # The connection is sound, and so is the next response on it.
        service.answers(sized(WHOLE))
        assert connection.exchange(ask).body == SHOWN
    line = serving.log_line(response.header("x-request-id"))
    assert "the body cannot be read" in str(line["internal_reason"])


def test_what_is_valid_leaves_as_it_was_written(serving: Gateway, service: Service) -> None:
    for body, left in [
        (b"\xef\xbb\xbf" + WHOLE, SHOWN),
        (b' { "id" : "\\u00e9\\ud83d\\ude00" , "total" : 1e400 } ', None),
        (b'{"total":123456789012345678901234567890.000}', None),
        (b'{"risk":{"a":1,"a":2},"id":"1"}', b'{"id":"1"}'),
        (b"{}", None),
    ]:
        service.answers(sized(body))
        response = get(serving, "public")
        assert (response.status, response.body) == (200, left or body)
        json.loads(response.body)


def test_every_prefix_of_a_body_is_a_fault(serving: Gateway, service: Service) -> None:
    """Whether the service says that it was cut (its length is short) or not."""
    key = credentials_for(serving.node, "public")
    ask = request("GET", "/shop/v1/orders", HOSTS["public"], key)
    with Connection(serving.node, "public") as connection:
        for end in range(1, len(WHOLE)):
            service.answers(sized(WHOLE[:end]))
            response = connection.exchange(ask)
            assert (response.status, b"LEAK" in response.raw) == (502, False), end
    service.answers(sized(WHOLE)[:-1], closes=True)
    response = get(serving, "public")
    assert (response.status, b"LEAK" in response.raw) == (502, False)


def test_requests_sent_ahead_are_answered_in_order_after_a_fault(serving: Gateway, service: Service) -> None:
    key = credentials_for(serving.node, "public")
    answers = iter([sized(WHOLE), sized(b"{"), sized(b"x", 500, kind="text/plain"), sized(SHOWN)])
    service.script = lambda asked: [next(answers)]
    ask = request("GET", "/shop/v1/orders", HOSTS["public"], key)
    with Connection(serving.node, "public") as connection:
        connection.send(ask * 4)
        responses = [connection.response() for _ in range(4)]
    assert [response.status for response in responses] == [200, 502, 502, 200]
    assert responses[0].body == responses[3].body == SHOWN


def test_nothing_is_said_of_a_body_that_did_not_leave(serving: Gateway, service: Service) -> None:
    said = ["Content-MD5: LEAK", "Digest: LEAK", "Repr-Digest: LEAK", "Content-Digest: LEAK",
            "Signature: LEAK", "Accept-Ranges: LEAK", 'ETag: "LEAK"', "X-Total-Count: 7"]  # fmt: skip

    def allow(manifest: dict[str, dict[str, dict[str, object]]]) -> None:
        names = [field.split(":")[0].lower() for field in said[:-1]]
        manifest["rings"]["public"]["response_headers"] = {"mode": "only", "names": names}

    serving.serves_revision(serving.node.publish(bundle=following(serving.node), change=allow))
    for method in ("GET", "HEAD"):
        service.answers(
            sized(WHOLE, 200, *said) if method == "GET" else head(200, *said, "Content-Length: 99")
        )
        response = get(serving, "public", method=method)
        assert (response.status, response.header("x-total-count")) == (200, "7")
        assert b"LEAK" not in response.raw
        assert response.header("content-length") == (str(len(SHOWN)) if method == "GET" else None)


def test_a_validator_is_of_what_leaves(serving: Gateway, service: Service) -> None:
    service.answers(sized(WHOLE, 200, 'ETag: "of-the-service"'))
    tag = get(serving, "public").header("etag")
    assert tag and "of-the-service" not in tag
    # Another secret, the same to this ring.
    service.answers(sized(WHOLE.replace(b"LEAK", b"ELSE"), 200, 'ETag: "another"'))
    response = get(serving, "public", ("If-None-Match", f'"x", {tag}'))
    assert (response.status, response.body, response.header("etag")) == (304, b"", tag)
    assert service.last.all("if-none-match") == []
    # The service's own tells nothing.
    assert get(serving, "public", ("If-None-Match", '"another"')).status == 200
    service.answers(sized(WHOLE.replace(b'"1"', b'"2"'), 200, 'ETag: "another"'))
    assert get(serving, "public", ("If-None-Match", tag)).status == 200


def test_parts_are_not_asked_for_and_not_passed_on(serving: Gateway, service: Service) -> None:
    response = get(serving, "public", ("Range", "bytes=0-9"), ("If-Range", '"x"'))
    assert (response.status, response.body) == (200, SHOWN)
    assert service.last.all("range") == service.last.all("if-range") == []
    assert service.last.all("accept-encoding") == ["identity"]
    service.answers(sized(WHOLE[:10], 206, "Content-Range: bytes 0-9/99"))
    response = get(serving, "public")
    assert (response.status, response.code) == (502, "response_undeclared")


def test_responses_without_a_body_pass(serving: Gateway, service: Service) -> None:
    for reply, status in [
        (head(204, "X-Total-Count: 1"), 204),
        (head(304, 'ETag: "LEAK"'), 304),
        (head(200, "Content-Length: 0"), 200),
        (head(202, "Content-Length: 0", kind=None), 202),
        (head(200, "Transfer-Encoding: chunked") + chunked(), 200),
    ]:
        service.answers(reply)
        response = get(serving, "public")
        assert (response.status, response.body) == (status, b"")
        assert b"LEAK" not in response.raw


def test_a_panic_at_a_body_becomes_a_closed_answer(serving: Gateway) -> None:
    response = get(serving, "public", ("X-Inject-Body-Fault", "1"))
    assert (response.status, response.code) == (503, "wall_fault")
    assert b"LEAK" not in response.raw
    assert get(serving, "public").body == SHOWN


def test_a_contract_is_observed_but_what_it_hides_stays(
    node: Node, launch: Callable[..., Gateway], service: Service
) -> None:
    node.upstream_port = service.port
    node.publish(bundle=following(node, {"mode": "observe", "until": 4_000_000_000}))
    gateway = launch()
    response = get(gateway, "public")
    assert response.json() == {"id": "1", "total": 2, "items": [{"sku": "a"}], "risk": "LEAK-risk"}
    line = gateway.log_line(response.header("x-request-id"))
    assert removed(line)["/risk"] == ("undeclared", 1)
    gateway.serves_revision(node.publish(bundle=following(node, {"mode": "observe", "until": 1})))
    assert get(gateway, "public").body == SHOWN


def test_without_a_projection_an_internal_body_is_not_read(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    gateway = launch()
    assert get(gateway, "internal").body == b'{"ok":true}'

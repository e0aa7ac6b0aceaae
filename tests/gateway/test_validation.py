"""Requests that outer rings take: what does not fit the contract is answered here, what fits goes on as it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, Json, Node
from tests.gateway.process import Gateway, run_binary
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, request

OUTER = ("partner", "public")
NO_FIELD = "cannot be sent here"
KEPT_FOR_RETRIES = 64 * 1024
MAX_BODY_BYTES = 512 * 1024


def validation() -> Json:
    """`createOrder` takes an order as JSON or as a form; `hidden` is declared for inner rings."""
    held = {"schema": "order", "node": 0}
    fields = {name: {"form": "formExploded"} for name in ("note", "lines")}
    multipart = {
        "held": held,
        "fields": {"note": {"form": "formExploded"}, "file": {"form": "form", "opaque": True}},
    }
    limit = {"in": "query", "name": "limit", "form": "formExploded", "shape": {"scalars": ["integer"]}}
    level = {"in": "header", "name": "x-level", "form": "simple"}
    theme = {"in": "cookie", "name": "theme", "form": "form"}
    properties = {"limit": {"type": "integer", "maximum": 100}}
    return {
        "format": 1,
        "nodes": [
            {"object": {"properties": [["note", 1], ["lines", 2], ["file", 1], ["hidden", 3]]}},
            {"string": {}},
            {"array": {"items": 1}},
            {},
        ],
        "definitions": {
            "order": {
                "type": "object",
                "required": ["note"],
                "properties": {
                    "note": {"type": "string", "maxLength": 500_000},
                    "lines": {"items": {"type": "string"}},
                },
            }
        },
        "operations": {
            "listOrders": {
                "parameters": [limit, level, theme],
                "schema": {"properties": {"query": {"properties": properties}}},
            },
            "getOrder": {
                "parameters": [
                    {"in": "path", "name": "id", "form": "simple", "shape": {"scalars": ["integer"]}}
                ],
                "schema": {"properties": {"path": {"properties": {"id": {"type": "integer"}}}}},
            },
            "createOrder": {
                "body": {
                    "required": True,
                    "content": {
                        "application/json": {"json": held},
                        "application/x-www-form-urlencoded": {"form": {"held": held, "fields": fields}},
                        "multipart/form-data": {"multipart": multipart},
                        "image/png": "opaque",
                    },
                }
            },
        },
    }


def publish(node: Node) -> None:
    def held(ring: str, content: Json) -> None:
        if ring in OUTER:
            content["paths"][0]["operations"]["POST"]["max_body_bytes"] = MAX_BODY_BYTES
            content["requires"] = ["validation"]
            content["validation"] = {"object": node._object(validation()), "mode": "enforce"}

    node.publish(bundle=held)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Gateway]:
    node = Node(tmp_path_factory.mktemp("node"), shared_upstream.port)
    publish(node)
    node.change_identity()
    gateway = Gateway(node).start()
    yield gateway
    gateway.stop()


@pytest.fixture(params=OUTER)
def ring(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def post(gateway: Gateway, ring: str, body: bytes, media_type: str = "application/json") -> Response:
    node = gateway.node
    fields = [credentials_for(node, ring), ("Content-Type", media_type)]
    return call(node, ring, *fields, method="POST", body=body)


def faults(response: Response) -> list[tuple[Any, ...]]:
    told = response.json()["errors"]
    return [(fault["in"], fault.get("parameter"), fault.get("pointer"), fault["detail"]) for fault in told]


@pytest.mark.parametrize("size", [10, KEPT_FOR_RETRIES - 11, KEPT_FOR_RETRIES - 10, 300_000])
def test_a_body_that_fits_reaches_the_upstream_as_it_came(
    gateway: Gateway, upstream: Upstream, ring: str, size: int
) -> None:
    body = b'{"note" :\t"' + b"x" * size + b'"}'
    assert post(gateway, ring, body).status == 200
    assert upstream.last.body == body
    assert upstream.last.header("content-length") == str(len(body))


@pytest.mark.parametrize(
    ("body", "status", "code", "expected"),
    [
        (
            b"{",
            400,
            "request_malformed",
            ("body", None, None, "the JSON ends too early, at line 1, column 1"),
        ),
        (b'{"note":"a","note":"b"}', 400, "request_malformed", None),
        (b'{"note":"\xff"}', 400, "request_malformed", None),
        (b"\xef\xbb\xbf{}", 400, "request_malformed", None),
        (b"[" * 1000, 400, "request_malformed", None),
        (b"{}", 422, "request_invalid", ("body", None, "#/note", "is required")),
        (b'{"note":1}', 422, "request_invalid", ("body", None, "#/note", "must be of type string")),
        (b"", 422, "request_invalid", ("body", None, None, "is required")),
    ],
)
def test_a_body_that_does_not_fit_is_answered_here_with_what_was_expected(
    gateway: Gateway,
    upstream: Upstream,
    ring: str,
    body: bytes,
    status: int,
    code: str,
    expected: tuple[Any, ...] | None,
) -> None:
    response = post(gateway, ring, body)
    assert (response.status, response.code) == (status, code)
    assert response.header("content-type") == "application/problem+json"
    assert expected is None or expected in faults(response)
    assert upstream.received == []


def test_a_hidden_field_and_one_nobody_declared_get_the_same_answer(
    gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node, key = gateway.node, credentials_for(gateway.node, ring)
    answers = []
    for name in ("hidden", "hiddem"):
        body = json.dumps({"note": "x", name: 1}).encode()
        fields = [key, ("Content-Type", "application/json")]
        answer = call(node, ring, *fields, method="POST", body=body)
        assert faults(answer) == [("body", None, f"#/{name}", NO_FIELD)]
        answers.append(answer.without_moment.replace(name.encode(), b"-"))
    limited = [
        line for answer in answers for line in answer.split(b"\r\n") if not line.startswith(b"ratelimit:")
    ]
    assert limited[: len(limited) // 2] == limited[len(limited) // 2 :]
    assert upstream.received == []


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"note=a+b", 200),
        ("application/x-www-form-urlencoded", b"note=a&hidden=1", 422),
        ("application/x-www-form-urlencoded", b"note=a&note=b", 400),
        (
            "multipart/form-data; boundary=b",
            (
                b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n'
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n\x00\xff\r\n--b--\r\n'
            ),
            200,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="hidden"\r\n\r\nx\r\n--b--\r\n',
            422,
        ),
        ("multipart/form-data; boundary=b", b"preamble\r\n--b--\r\n", 400),
        ("image/png", b"\x89PNG", 200),
        ("application/xml", b"<note/>", 415),
        ("application/json; charset=utf-16", b"{}", 415),
        ("nonsense", b"{}", 415),
    ],
)
def test_a_body_is_read_as_what_it_says_it_is(
    gateway: Gateway, upstream: Upstream, ring: str, media_type: str, body: bytes, status: int
) -> None:
    assert post(gateway, ring, body, media_type).status == status
    assert [received.body for received in upstream.received] == ([body] if status == 200 else [])


def test_a_body_that_is_encoded_or_not_asked_for_is_unsupported(
    gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node, key = gateway.node, credentials_for(gateway.node, ring)
    json_type = ("Content-Type", "application/json")
    encoded = call(node, ring, key, json_type, ("Content-Encoding", "gzip"), method="POST", body=b"{}")
    assert (encoded.status, encoded.code) == (415, "media_type_unsupported")
    unasked = call(node, ring, key, json_type, body=b"{}")
    assert (unasked.status, unasked.code) == (415, "media_type_unsupported")
    assert upstream.received == []


def chunked(node: Node, ring: str, body: bytes, piece: int) -> bytes:
    fields = [
        credentials_for(node, ring),
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
    ]
    head = request("POST", "/shop/v1/orders", HOSTS[ring], *fields)
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [10, KEPT_FOR_RETRIES - 11, KEPT_FOR_RETRIES, 300_000])
def test_a_body_of_unknown_length_is_judged_before_any_of_it_goes_on(
    gateway: Gateway, upstream: Upstream, ring: str, size: int
) -> None:
    fits = b'{"note":"' + b"x" * size + b'"}'
    with Connection(gateway.node, ring) as connection:
        assert connection.exchange(chunked(gateway.node, ring, fits, 1000)).status == 200
    assert upstream.last.body == fits
    upstream.forget()
    hidden = fits[:-1] + b',"hidden":1}'
    with Connection(gateway.node, ring) as connection:
        assert connection.exchange(chunked(gateway.node, ring, hidden, 1000)).status == 422
    assert upstream.received == []


def test_a_body_larger_than_the_operation_takes_is_refused(
    gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    body = b'{"note":"' + b"x" * MAX_BODY_BYTES + b'"}'
    assert post(gateway, ring, body).code == "body_too_large"
    with Connection(gateway.node, ring) as connection:
        assert connection.exchange(chunked(gateway.node, ring, body, 5000)).code == "body_too_large"
    assert upstream.received == []


def test_a_client_that_asks_first_is_told_before_it_sends_what_is_not_taken(
    gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node, key = gateway.node, credentials_for(gateway.node, ring)
    for media_type, first in [("application/json", b"100"), ("text/plain", b"415")]:
        fields = [key, ("Content-Type", media_type), ("Expect", "100-continue"), ("Content-Length", "12")]
        with Connection(node, ring) as connection:
            connection.send(request("POST", "/shop/v1/orders", HOSTS[ring], *fields))
            head = connection.read_until(b"\r\n\r\n")
            assert head.split()[1] == first
            if first == b"100":
                assert connection.exchange(b'{"note":"x"}').status == 200
    assert [received.body for received in upstream.received] == [b'{"note":"x"}']


def test_over_http2_the_same_is_judged(gateway: Gateway, upstream: Upstream, ring: str) -> None:
    node, key = gateway.node, credentials_for(gateway.node, ring)
    fields = [(key[0].lower(), key[1]), ("content-type", "application/json")]
    with Http2Connection(node, ring) as connection:
        for body, status in [(b'{"note":"x"}', 200), (b'{"note":"x","hidden":1}', 422), (b"{", 400)]:
            assert connection.exchange("POST", "/shop/v1/orders", *fields, body=body).status == status
    assert [received.body for received in upstream.received] == [b'{"note":"x"}']


@pytest.mark.parametrize(
    ("target", "status", "expected"),
    [
        ("/orders?limit=5", 200, None),
        ("/orders?limit=101", 422, ("query", "limit", None, "must be 100 or less")),
        ("/orders?limit=x", 422, ("query", "limit", None, "must be of type integer")),
        ("/orders?limit=1&limit=2", 400, ("query", "limit", None, "comes once")),
        ("/orders?debug=1", 422, ("query", "debug", None, NO_FIELD)),
        ("/orders?_method=DELETE", 422, ("query", "_method", None, NO_FIELD)),
        ("/orders?limit=%zz", 400, None),
        ("/orders/7", 200, None),
        ("/orders/seven", 422, ("path", "id", None, "must be of type integer")),
    ],
)
def test_parameters_are_judged_before_anything_is_forwarded(
    gateway: Gateway,
    upstream: Upstream,
    ring: str,
    target: str,
    status: int,
    expected: tuple[Any, ...] | None,
) -> None:
    response = call(gateway.node, ring, credentials_for(gateway.node, ring), target=f"/shop/v1{target}")
    assert response.status == status
    assert expected is None or faults(response) == [expected]
    assert [received.target for received in upstream.received] == (
        [f"/base{target}"] if status == 200 else []
    )


def test_only_declared_and_standard_fields_and_cookies_are_forwarded(
    gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    fields = [
        ("X-Level", "1"),
        ("X-Other", "1"),
        ("Accept", "application/json"),
        ("Cookie", "session=1; theme=dark"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Referer", "https://elsewhere.test/"),
    ]
    node = gateway.node
    assert call(node, ring, credentials_for(node, ring), *fields).status == 200
    names = {name for name, _ in upstream.last.headers if not name.startswith("x-ringwork")}
    assert names == {"accept", "cookie", "host", "x-level"}
    assert upstream.last.header("cookie") == "theme=dark"


def test_the_internal_ring_is_not_held_to_the_contract(gateway: Gateway, upstream: Upstream) -> None:
    node = gateway.node
    answer = call(
        node,
        "internal",
        credentials_for(node, "internal"),
        ("X-Other", "1"),
        target="/shop/v1/orders?debug=1",
    )
    assert (answer.status, upstream.last.header("x-other")) == (200, "1")


def test_a_bundle_of_an_outer_ring_that_only_reports_is_not_loaded(
    tmp_path: Path, upstream: Upstream
) -> None:
    node = Node(tmp_path / "node", upstream.port)
    node.change_identity()

    def reported(ring: str, content: Json) -> None:
        if ring in OUTER:
            content["validation"] = {"object": node._object(validation()), "mode": "report"}

    node.publish(bundle=reported)
    checked = run_binary("--check", str(node.root))
    assert checked.returncode == 1
    assert "validation_missing" in checked.stdout + checked.stderr

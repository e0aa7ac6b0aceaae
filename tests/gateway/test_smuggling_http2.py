"""HTTP/2 to HTTP/1.1: what is malformed, or would be another request there, never arrives as any request at all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame

from tests.gateway.frames import FrameConnection, data
from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.raw_upstream import RawUpstream
from tests.gateway.support import credentials_for

CORPUS = tomllib.loads((Path(__file__).parent / "corpora/http2.toml").read_text())
CASES: dict[str, dict[str, Any]] = {
    f"{part}: {name}": case for part, cases in CORPUS.items() for name, case in cases.items()
}
PROTOCOL_ERROR = 1
Fields = list[tuple[str, str]]


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


@pytest.fixture(scope="module")
def proofs(gateway: Gateway) -> dict[str, tuple[str, str]]:
    return {ring: credentials_for(gateway.node, ring) for ring in RINGS}


def head_of(case: dict[str, Any], host: str, proof: tuple[str, str]) -> Fields:
    usual = {":method": "POST", ":scheme": "https", ":path": "/shop/v1/orders", ":authority": host}
    usual |= {proof[0].lower(): proof[1]} | case.get("set", {})
    kept = [field for field in usual.items() if field[0] not in case.get("without", [])]
    return [*map(tuple, case.get("first", [])), *kept, *map(tuple, case.get("add", []))]


def frames_of(connection: FrameConnection, case: dict[str, Any], proof: tuple[str, str]) -> list[Frame]:
    host = HOSTS[connection.ring]
    body = case.get("sent", "hello").replace("{host}", host).encode()
    frames: list[Frame] = [connection.block(1, filled(head_of(case, host, proof), host), end=False)]
    trailers = case.get("trailers")
    frames.append(data(1, body, end=trailers is None))
    if trailers is not None:
        frames.append(connection.block(1, filled(trailers, host), end=True))
    return frames


def filled(fields: Fields, host: str) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1"), value.replace("{host}", host).encode("latin-1")) for name, value in fields
    ]


def outcome(connection: FrameConnection) -> str:
    """What became of stream 1, in the words of the corpus."""
    connection.read_until(lambda: connection.reset_of(1) is not None or ended(connection, 1))
    reset = connection.reset_of(1)
    if reset is None and connection.farewell() is not None:
        reset = connection.farewell()
    if connection.answered(1):
        status, body = connection.answer(1)
        if status == "200":
            return "served"
        return status if b'"request_id"' in body else f"empty {status}"
    assert reset == PROTOCOL_ERROR, f"reset with {reset}, {connection.frames}"
    return "reset"


def ended(connection: FrameConnection, stream: int) -> bool:
    return connection.ended or any(
        (
            isinstance(frame, HeadersFrame | DataFrame)
            and frame.stream_id == stream
            and "END_STREAM" in frame.flags
        )
        or isinstance(frame, GoAwayFrame)
        for frame in connection.frames
    )


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", CASES)
def test_a_request_arrives_as_one_or_not_at_all(
    gateway: Gateway, raw: RawUpstream, proofs: dict[str, tuple[str, str]], ring: str, name: str
) -> None:
    case = CASES[name]
    raw.forget()
    with FrameConnection(gateway.node, ring) as connection:
        connection.send(*frames_of(connection, case, proofs[ring]))
        assert outcome(connection) in case["is"].split(" or ")
        still_serves(connection, proofs[ring])
    if case["is"] != "served":
        assert raw.received == b"" or [r.line for r in raw.requests] == ["GET /base/orders/after HTTP/1.1"]
        return
    request = raw.requests[0]
    assert (request.line, request.body) == ("POST /base/orders HTTP/1.1", case["body"].encode())
    assert request.all("host") == [f"127.0.0.1:{raw.port}"]
    assert not {"x-sum", "te", "transfer_encoding"} & {field for field, _ in request.fields}
    assert request.all("authorization") == []


def still_serves(connection: FrameConnection, proof: tuple[str, str]) -> None:
    """A stream's error is the stream's: others of the connection go on, unless the gateway said farewell."""
    if connection.farewell() is None and not connection.ended:
        path = "/shop/v1/orders/after"
        connection.send(connection.open(3, "GET", path, (proof[0].lower(), proof[1])))
        connection.read_until(lambda: ended(connection, 3) and connection.answered(3))
        assert connection.answer(3)[0] == "200"

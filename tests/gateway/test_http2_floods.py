"""HTTP/2 clients that abuse the protocol: each has an end, and others are served meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hyperframe.frame import (
    ExtensionFrame,
    Frame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from tests.gateway.frames import ENHANCE_YOUR_CALM, FrameConnection, continuation, data
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Reply, Upstream

ORDERS = "/shop/v1/orders"
REFUSED_STREAM, CANCEL = 7, 8
MAX_STREAMS = 100


def resident_kib(gateway: Gateway) -> int:
    status = Path(f"/proc/{gateway.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def serves(gateway: Gateway) -> bool:
    return call(gateway.node, "public", credentials_for(gateway.node, "public")).status == 200


def test_streams_beyond_a_hundred_are_refused(shared_gateway: Gateway, upstream: Upstream) -> None:
    upstream.reply = lambda received: Reply(after_seconds=0.5)
    proof = low(credentials_for(shared_gateway.node, "public"))
    with FrameConnection(shared_gateway.node, "public") as connection:
        streams = range(1, 2 * (MAX_STREAMS + 20), 2)
        connection.send(*(connection.open(stream, "GET", ORDERS, proof) for stream in streams))
        assert connection.read_until(lambda: connection.reset_of(streams[-1]) is not None)
        refused = [stream for stream in streams if connection.reset_of(stream) == REFUSED_STREAM]
    assert len(refused) == 20


def test_rapid_reset_ends_the_connection(shared_gateway: Gateway, upstream: Upstream) -> None:
    """CVE-2023-44487, at the pace at which every stream is taken up before it is reset."""
    upstream.reply = lambda received: Reply(after_seconds=0.2)
    proof = low(credentials_for(shared_gateway.node, "public"))
    with FrameConnection(shared_gateway.node, "public") as connection:
        stream = 1
        while not connection.ended and stream < 4_000:
            connection.send(
                connection.open(stream, "GET", ORDERS, proof),
                PingFrame(0, opaque_data=b"12345678"),
                RstStreamFrame(stream, error_code=CANCEL),
            )
            connection.read_until(lambda: any(isinstance(frame, PingFrame) for frame in connection.frames))
            if connection.farewell() is None:
                connection.frames.clear()
            stream += 2
        assert stream < 1_000, "a client that resets everything goes on for ever"
        assert connection.farewell() == ENHANCE_YOUR_CALM
    upstream.forget()
    assert serves(shared_gateway)
    wait_for(
        lambda: any(
            "broken off" in str(line.get("internal_reason")) for line in shared_gateway.node.log_lines()
        ),
        lambda: "no line about it",
    )


def test_resets_before_anyone_looked_end_the_connection(shared_gateway: Gateway, upstream: Upstream) -> None:
    proof = low(credentials_for(shared_gateway.node, "public"))
    with FrameConnection(shared_gateway.node, "public") as connection:
        pairs = [
            frame
            for stream in range(1, 20_001, 2)
            for frame in (
                connection.open(stream, "GET", ORDERS, proof),
                RstStreamFrame(stream, error_code=CANCEL),
            )
        ]
        connection.send(*pairs)
        connection.read_until(lambda: connection.ended)
        assert connection.farewell() in (ENHANCE_YOUR_CALM, None)
    upstream.forget()
    assert serves(shared_gateway)


def test_a_continuation_flood_ends_the_connection(shared_gateway: Gateway) -> None:
    """CVE-2024-27316."""
    with FrameConnection(shared_gateway.node, "public") as connection:
        first = connection.open(1, "GET", ORDERS)
        first.flags.discard("END_HEADERS")
        connection.send(first)
        for _ in range(100):
            connection.send(*(continuation(1) for _ in range(100)))
        assert connection.read_until(lambda: connection.ended)
    assert serves(shared_gateway)


def test_a_header_list_that_never_ends_is_cut_off(shared_gateway: Gateway) -> None:
    before = resident_kib(shared_gateway)
    with FrameConnection(shared_gateway.node, "public") as connection:
        first = connection.open(1, "GET", ORDERS)
        first.flags.discard("END_HEADERS")
        connection.send(first)
        field = b"\x00\x01a\x7f\x81\x7d" + b"b" * 16_252  # literal, never ending
        for _ in range(200):
            connection.send(continuation(1, field))
        connection.read_until(lambda: connection.ended)
        assert connection.ended
    assert resident_kib(shared_gateway) - before < 20_000
    assert serves(shared_gateway)


@pytest.mark.parametrize("kind", ["ping", "settings", "empty data", "reset"])
def test_floods_of_small_frames_cost_no_memory(shared_gateway: Gateway, kind: str) -> None:
    """Answers wait until the client reads them; until then nothing more is read from it."""
    before = resident_kib(shared_gateway)
    with FrameConnection(shared_gateway.node, "public") as connection:
        connection.socket.settimeout(1)
        proof = low(credentials_for(shared_gateway.node, "public"))
        connection.send(connection.open(1, "POST", ORDERS, proof, end=False))
        frame = {
            "ping": PingFrame(0, opaque_data=b"12345678"),
            "settings": SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 65_535}),
            "empty data": data(1, b""),
            "reset": RstStreamFrame(1, error_code=CANCEL),
        }[kind]
        thousand = frame.serialize() * 1_000
        for _ in range(200):
            if connection.ended:
                break
            connection.send(thousand)
        assert serves(shared_gateway)
    assert resident_kib(shared_gateway) - before < 20_000


@pytest.mark.parametrize("kind", ["ping", "settings", "priority", "window update", "unknown"])
def test_frames_that_ask_for_nothing_have_an_end(shared_gateway: Gateway, kind: str) -> None:
    """CVE-2019-9512, -9513, -9515: the client reads its answers, and goes on for ever."""
    frame: Frame = {
        "ping": PingFrame(0, opaque_data=b"12345678"),
        "settings": SettingsFrame(0, settings={SettingsFrame.ENABLE_PUSH: 0}),
        "priority": PriorityFrame(1, depends_on=0, stream_weight=16),
        "window update": WindowUpdateFrame(0, window_increment=1),
        "unknown": ExtensionFrame(0xEE, 1),
    }[kind]
    with FrameConnection(shared_gateway.node, "public") as connection:
        hundred = frame.serialize() * 100
        for _ in range(1_000):
            if connection.farewell() is not None or connection.ended:
                break
            connection.send(hundred, PingFrame(0, opaque_data=b"are you?"))
            connection.read_frame()
        else:
            pytest.fail("goes on for ever")
        # A client that was still sending may see the connection reset before it reads the farewell.
        assert connection.farewell() in (ENHANCE_YOUR_CALM, None)
    assert serves(shared_gateway)
    wait_for(
        lambda: any(
            "ask for nothing" in str(line.get("internal_reason")) for line in shared_gateway.node.log_lines()
        ),
        lambda: "no line about it",
    )


def test_whoever_never_greets_is_closed(shared_gateway: Gateway) -> None:
    with FrameConnection(shared_gateway.node, "public", greet=False) as connection:
        assert connection.is_over_within(30)


def low(field: tuple[str, str]) -> tuple[str, str]:
    return (field[0].lower(), field[1])

"""An upstream that keeps every byte it received, by connection, and how each connection ended."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field

from tests.gateway.process import wait_for

# With the line end before it: the head, too, may end in "0", as a request id does one time in sixteen.
LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Wire:
    """One connection: what came, and whether the gateway closed it."""

    received: bytes = b""
    closed: bool = False
    requests: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Message:
    """A request as the strictest reader has it. Field names in lower case."""

    line: str
    fields: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.fields if given == name]


class RawUpstream:
    """Listens on a free loopback port until `close`; answers each whole request with its target."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def requests(self) -> list[Message]:
        return [request for wire in self.wires for request in wire.requests]

    @property
    def received(self) -> bytes:
        return b"".join(wire.received for wire in self.wires)

    def forget(self) -> None:
        """Connections that stay open are forgotten with what came on them."""
        for wire in self.wires:
            wire.received = b""
            wire.requests.clear()

    def close(self) -> None:
        self._listener.close()

    def waits_for(self, mark: bytes) -> Wire:
        """The connection on which `mark` comes."""
        wait_for(lambda: self._with(mark) is not None, lambda: f"never received {mark!r}: {self.received!r}")
        wire = self._with(mark)
        assert wire is not None
        return wire

    def _with(self, mark: bytes) -> Wire | None:
        return next((wire for wire in self.wires if mark in wire.received), None)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.wires.append(wire := Wire())
                threading.Thread(target=self._serve, args=(client, wire), daemon=True).start()

    def _serve(self, client: socket.socket, wire: Wire) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while data := client.recv(65_536):
                wire.received += data
                rest += data
                while taken := message(rest):
                    request, rest = taken
                    wire.requests.append(request)
                    client.sendall(answer(request))
        wire.closed = True


def answer(request: Message) -> bytes:
    target = request.line.split(" ")[1].encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(target) + (
        b"" if request.line.startswith("HEAD ") else target
    )


def message(data: bytes) -> tuple[Message, bytes] | None:
    """The first request and what is behind it; None while it is not whole. What is doubtful fails the test."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    assert "\n" not in head.decode("latin-1").replace("\r\n", ""), data
    pairs = [line.split(": ", 1) for line in lines]
    fields = [(name.lower(), value) for name, value in pairs]
    parsed = Message(first, fields, b"")
    lengths, codings = parsed.all("content-length"), parsed.all("transfer-encoding")
    assert (len(lengths), len(codings)) in [(0, 0), (1, 0), (0, 1)], data
    body = _chunked(rest) if codings else _sized(rest, int(lengths[0]) if lengths else 0)
    return body and (Message(first, fields, body[0]), body[1])


def _sized(rest: bytes, length: int) -> tuple[bytes, bytes] | None:
    return (rest[:length], rest[length:]) if len(rest) >= length else None


def _chunked(rest: bytes) -> tuple[bytes, bytes] | None:
    body = b""
    while b"\r\n" in rest:
        size, _, behind = rest.partition(b"\r\n")
        assert size and all(digit in b"0123456789abcdefABCDEF" for digit in size), rest
        length = int(size, 16)
        if len(behind) < length + 2:
            return None
        assert behind[length : length + 2] == b"\r\n", rest
        body, rest = body + behind[:length], behind[length + 2 :]
        if length == 0:
            return body, rest
    return None

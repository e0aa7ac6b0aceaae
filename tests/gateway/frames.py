"""HTTP/2 frames by hand, for clients that do what no library would."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable

from hpack import Decoder, Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    RstStreamFrame,
    SettingsFrame,
)

from tests.gateway.node import HOSTS, Node
from tests.gateway.wire import client_context, connect

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ENHANCE_YOUR_CALM = 11
Field = tuple[str, str]


class FrameConnection:
    """Sends frames as they are given; reads what comes back, and when it ended."""

    def __init__(self, node: Node, ring: str, *, greet: bool = True) -> None:
        context = client_context(node.authorities[ring].file)
        context.set_alpn_protocols(["h2"])
        self._begin(connect(node, ring, context, HOSTS[ring]), ring)
        if greet:
            self.send(PREFACE, SettingsFrame(0))

    @classmethod
    def over(cls, established: ssl.SSLSocket, ring: str) -> FrameConnection:
        """Over a connection that was made otherwise, nothing sent on it yet."""
        connection = cls.__new__(cls)
        connection._begin(established, ring)
        return connection

    def _begin(self, established: ssl.SSLSocket, ring: str) -> None:
        self.ring, self.socket = ring, established
        self._encoder, self._decoder = Encoder(), Decoder()
        self._headers: dict[int, dict[str, str]] = {}
        self._received = b""
        self.frames: list[Frame] = []
        self.ended = False

    def head(self, method: str, path: str, *fields: Field, authority: str | None = None) -> bytes:
        """A header block."""
        pseudo = [(":method", method), (":scheme", "https"), (":path", path)]
        host = HOSTS[self.ring] if authority is None else authority
        return self._encoder.encode([*pseudo, (":authority", host), *fields])

    def open(self, stream: int, method: str, path: str, *fields: Field, end: bool = True) -> HeadersFrame:
        """A HEADERS frame that begins a request."""
        frame = HeadersFrame(stream, data=self.head(method, path, *fields))
        frame.flags |= {"END_HEADERS", "END_STREAM"} if end else {"END_HEADERS"}
        return frame

    def block(self, stream: int, fields: list[tuple[bytes, bytes]], *, end: bool) -> HeadersFrame:
        """A HEADERS frame of exactly these fields."""
        frame = HeadersFrame(stream, data=self._encoder.encode(fields))
        frame.flags |= {"END_HEADERS", "END_STREAM"} if end else {"END_HEADERS"}
        return frame

    def answer(self, stream: int) -> tuple[str, bytes]:
        """Status and body so far of a response."""
        return self.header_of(stream)[":status"], b"".join(
            frame.data for frame in self.frames if isinstance(frame, DataFrame) and frame.stream_id == stream
        )

    def header_of(self, stream: int) -> dict[str, str]:
        return self._headers[stream]

    def send(self, *frames: Frame | bytes) -> None:
        """A gateway that has had enough closes; what is sent after that goes nowhere."""
        data = b"".join(frame if isinstance(frame, bytes) else frame.serialize() for frame in frames)
        try:
            self.socket.sendall(data)
        except OSError:
            self.ended = True

    def read_until(self, condition: Callable[[], bool]) -> bool:
        """Reads frames until `condition`, the end of the connection, or the socket's timeout."""
        while not condition() and not self.ended:
            self._read()
        return condition()

    def read_frame(self) -> None:
        """What comes next, one read of it."""
        self._read()

    def _read(self) -> None:
        data = b""
        with contextlib.suppress(ConnectionError, OSError):
            data = self.socket.recv(65_536)
        self.ended = not data
        self._received += data
        while len(self._received) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self._received[:9]))
            if len(self._received) < 9 + length:
                return
            frame.parse_body(memoryview(self._received[9 : 9 + length]))
            self._received = self._received[9 + length :]
            self._note(frame)

    def _note(self, frame: Frame) -> None:
        self.frames.append(frame)
        if isinstance(frame, HeadersFrame):
            fields = self._decoder.decode(frame.data)
            header = {str(name): str(value) for name, value in fields}
            if ":status" in header:
                self._headers[frame.stream_id] = header

    def farewell(self) -> int | None:
        """The error code of the last GOAWAY; None if the connection ended, or is open, without one."""
        codes = [frame.error_code for frame in self.frames if isinstance(frame, GoAwayFrame)]
        return codes[-1] if codes else None

    def reset_of(self, stream: int) -> int | None:
        resets = [frame for frame in self.frames if isinstance(frame, RstStreamFrame)]
        return next((frame.error_code for frame in resets if frame.stream_id == stream), None)

    def answered(self, stream: int) -> bool:
        """Whether a response has begun."""
        return any(isinstance(frame, HeadersFrame) and frame.stream_id == stream for frame in self.frames)

    def is_over_within(self, seconds: float) -> bool:
        """Whether the gateway ends the connection."""
        self.socket.settimeout(0.2)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if not self.socket.recv(65_536):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
        return False

    def __enter__(self) -> FrameConnection:
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def data(stream: int, content: bytes, *, end: bool = False) -> DataFrame:
    frame = DataFrame(stream, data=content)
    frame.flags |= {"END_STREAM"} if end else set()
    return frame


def continuation(stream: int, content: bytes = b"") -> ContinuationFrame:
    """Never the last one."""
    return ContinuationFrame(stream, data=content)

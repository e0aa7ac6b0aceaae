"""HTTP/2 over TLS, sans-IO by `h2`; requests are one after the other, or opened together."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.gateway.node import HOSTS, Node
from tests.gateway.wire import client_context, connect


@dataclass
class Http2Response:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    ended: bool = False
    reset: int | None = None

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)

    @property
    def code(self) -> Any:
        return json.loads(self.body)["code"]

    @property
    def without_moment(self) -> tuple[object, ...]:
        """Everything but date and request id."""
        headers = [header for header in self.headers if header[0] not in ("date", "x-request-id")]
        body = self.body.replace((self.header("x-request-id") or "-").encode(), b"-")
        return self.status, headers, body


class Http2Connection:
    """One connection to a ring's listener."""

    def __init__(
        self,
        node: Node,
        ring: str,
        *,
        context: ssl.SSLContext | None = None,
        session: ssl.SSLSession | None = None,
    ) -> None:
        context = context or client_context(node.authorities[ring].file)
        context.set_alpn_protocols(["h2"])
        self.ring = ring
        self.socket = connect(node, ring, context, HOSTS[ring], session)
        assert self.socket.selected_alpn_protocol() == "h2"
        # What a hostile client may send is not checked on the way out.
        config = h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )  # fmt: skip
        self._state = h2.connection.H2Connection(config)
        self._state.initiate_connection()
        self._responses: dict[int, Http2Response] = {}
        self._flush()

    def open(
        self,
        method: str,
        path: str,
        *fields: tuple[str, str],
        authority: str | None = None,
        body: bytes | None = None,
        complete: bool = True,
    ) -> int:
        """Sends a request, or with `complete` False all but its end; its stream id."""
        stream = self._state.get_next_available_stream_id()
        host = authority if authority is not None else HOSTS[self.ring]
        pseudo = [(":method", method), (":scheme", "https"), (":authority", host), (":path", path)]
        given = [(name.lower(), value) for name, value in fields]
        self._responses[stream] = Http2Response()
        self._state.send_headers(stream, pseudo + given, end_stream=body is None)
        if body is not None:
            for at in range(0, max(len(body), 1), 16_384):
                last = at + 16_384 >= len(body)
                self._state.send_data(stream, body[at : at + 16_384], end_stream=last and complete)
        self._flush()
        return stream

    def send_body(self, stream: int, content: bytes) -> None:
        """More of the body of a request that was opened without its end; nothing once it was answered."""
        if not self._responses[stream].ended:
            self._state.send_data(stream, content)
            self._flush()

    def ends(self) -> bool:
        """Waits for the gateway to end the connection."""
        try:
            while data := self.socket.recv(65_536):
                self._state.receive_data(data)
                self._flush()
        except h2.exceptions.ProtocolError:
            return True  # frames after GOAWAY
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def end(self, stream: int) -> None:
        """Sends the end of a request that was opened without it."""
        self._state.end_stream(stream)
        self._flush()

    def response(self, stream: int) -> Http2Response:
        """Waits for the end of this stream's response, or its reset."""
        response = self._responses[stream]
        while not response.ended:
            self._receive()
        return response

    def _receive(self) -> None:
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionError("closed by the gateway")
        for event in self._state.receive_data(data):
            self._take(event)
        self._flush()

    def body_so_far(self, stream: int, length: int) -> bytes:
        """Waits for `length` bytes of this stream's response, or its end."""
        response = self._responses[stream]
        while len(response.body) < length and not response.ended:
            self._receive()
        return response.body

    def exchange(self, method: str, path: str, *fields: tuple[str, str], **given: Any) -> Http2Response:
        return self.response(self.open(method, path, *fields, **given))

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            headers = [(str(name), str(value)) for name, value in event.headers]
            response = self._responses[event.stream_id]
            response.status = int(dict(headers)[":status"])
            response.headers = [header for header in headers if not header[0].startswith(":")]
        elif isinstance(event, h2.events.TrailersReceived):
            trailers = [(str(name), str(value)) for name, value in event.headers]
            self._responses[event.stream_id].trailers = trailers
        elif isinstance(event, h2.events.DataReceived):
            self._responses[event.stream_id].body += event.data
            self._state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._responses[event.stream_id].ended = True
        elif isinstance(event, h2.events.StreamReset):
            response = self._responses[event.stream_id]
            response.ended, response.reset = True, event.error_code

    def _flush(self) -> None:
        self.socket.sendall(self._state.data_to_send())

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Http2Connection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

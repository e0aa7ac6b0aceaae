"""A small HTTP/2 upstream, over TLS by ALPN or with prior knowledge; answers 200, with trailers where told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.events

Fields = list[tuple[str, str]]


class Http2Upstream:
    """Listens on a free loopback port until `close`; remembers the header fields it received."""

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        trailers: Fields | None = None,
        bodiless: bool = False,
        body: bytes = b'{"ok":true}',
    ) -> None:
        """`bodiless`: what would be trailers is said in the header, and the response ends there."""
        self.received: list[Fields] = []
        self.bodies: dict[int, bytes] = {}
        self._bodiless = bodiless
        self._body = body
        self._tls = tls
        self._trailers = trailers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def header(self, name: str) -> str | None:
        """Of the last request."""
        return dict(self.received[-1]).get(name)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            stream = client if self._tls is None else self._tls.wrap_socket(client, server_side=True)
            config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
            connection = h2.connection.H2Connection(config)
            connection.initiate_connection()
            stream.sendall(connection.data_to_send())
            while data := stream.recv(65_536):
                for event in connection.receive_data(data):
                    self._take(connection, event)
                stream.sendall(connection.data_to_send())

    def _take(self, connection: h2.connection.H2Connection, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self.received.append([(str(name), str(value)) for name, value in event.headers])
        elif isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
            self.bodies[event.stream_id] = self.bodies.get(event.stream_id, b"") + event.data
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._answer(connection, event.stream_id)

    def _answer(self, connection: h2.connection.H2Connection, stream: int) -> None:
        header = [(":status", "200"), ("content-type", self._media_type())]
        if self._bodiless:
            connection.send_headers(stream, header + (self._trailers or []), end_stream=True)
            return
        connection.send_headers(stream, header)
        connection.send_data(stream, self._body, end_stream=self._trailers is None)
        if self._trailers is not None:
            connection.send_headers(stream, self._trailers, end_stream=True)

    def _media_type(self) -> str:
        asked = self.header("content-type") or ""
        return "application/grpc" if asked.startswith("application/grpc") else "application/json"

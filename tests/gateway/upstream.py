"""A small upstream: remembers what it received and answers as told."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request as it reached the upstream. Header names in lower case."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} reached the upstream {len(values)} times"
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.headers if given == name]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b'{"ok":true}'
    headers: list[tuple[str, str]] = field(default_factory=lambda: [("Content-Type", "application/json")])
    after_seconds: float = 0.0
    length_told: bool = True


class Held:
    """Requests that get no answer: `arrived` when the first is there, until `leave`."""

    def __init__(self, reply: Reply) -> None:
        self.arrived, self.leave = threading.Event(), threading.Event()
        self._reply = reply

    def __call__(self, received: Received) -> Reply:
        self.arrived.set()
        self.leave.wait(20)
        return self._reply


class Upstream:
    """Listens on a free loopback port until `close`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.reply: Callable[[Received], Reply] = lambda received: Reply()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            # The handshake is done by the thread of the connection, at its first read.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, request: Received) -> Reply:
        self.received.append(request)
        return self.reply(request)

    @property
    def last(self) -> Received:
        return self.received[-1]

    def forget(self) -> None:
        self.received.clear()
        self.reply = lambda received: Reply()

    def hold(self, reply: Reply | None = None) -> Held:
        """From now on, nobody is answered until the test says so; then with `reply`."""
        held = Held(reply or Reply())
        self.reply = held
        return held

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A gateway that was killed breaks its connections; that is no error of the test."""


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Header and body in one segment each way: no waiting for delayed acknowledgements.
        disable_nagle_algorithm = True
        wbufsize = 65536

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            headers = [(name.lower(), value) for name, value in self.headers.items()]
            request = Received(self.command, self.path, headers, self._body())
            self._answer(upstream.take(request))

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", "0")))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(self, reply: Reply) -> None:
            time.sleep(reply.after_seconds)
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if reply.length_told:
                self.send_header("Content-Length", str(len(reply.body)))
            else:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Tests read what was received, not a log."""

    return Handler


def echo(received: Received) -> Reply:
    """Answers with what arrived."""
    told = {"method": received.method, "target": received.target, "bytes": len(received.body)}
    return Reply(body=json.dumps(told).encode())

"""Where the browser is sent back to at login: a loopback port of this command, for one answer (RFC 8252 §7.3)."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Ringwork</title>'
    "<h1>Go back to the terminal</h1><p>It tells what came of it. This page can be closed.</p></html>"
)


class Receiver:
    """Listens when made. What does not carry `state` is passed over: anybody on this machine can call."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._answer: dict[str, str] = {}
        self._arrived = threading.Event()
        self._server = HTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def wait(self, seconds: float) -> dict[str, str] | None:
        """What the browser brought; None: nothing came."""
        return self._answer if self._arrived.wait(seconds) else None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 5.0

            def do_GET(self) -> None:
                found = receiver._take(self.path)
                body = (_PAGE if found else "").encode()
                self.send_response(200 if found else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.send_header("cache-control", "no-store")
                self.end_headers()
                self.wfile.write(body)
                if found:
                    receiver._arrived.set()

            def log_message(self, *_: Any) -> None:
                """Codes are not for logs."""

        return Handler

    def _take(self, path: str) -> bool:
        found = urlsplit(path)
        said = dict(parse_qsl(found.query))
        if found.path != "/" or said.get("state") != self._state or self._arrived.is_set():
            return False
        self._answer = said
        return True

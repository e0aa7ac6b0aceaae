"""Liveness and readiness over HTTP, on an address of its own and never on a ring: `/livez`, `/readyz`.

For whoever decides to restart a machine or to send calls to it. One caller at a time, two seconds each.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.listeners import errno_text, split_address
from ringwork.fleet.process import running_gateway
from ringwork.fleet.status import read_status
from ringwork.kernel.refusal import Refused

_PATIENCE_SECONDS = 2.0


class HealthServer:
    """Answers from `start` to `stop`. `address` is ADDRESS:PORT; None: nobody asks."""

    def __init__(self, node: NodeDirectory, address: str | None) -> None:
        """Raises Refused when the address cannot be listened on."""
        self._server = None if address is None else _bound(node, address)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._server is not None:
            self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()


def unready(node: NodeDirectory) -> str | None:
    """What keeps calls from being served; None when nothing does."""
    status, process = read_status(node.status), running_gateway(node)
    if process is None:
        return "no gateway runs"
    if status is None or status.pid != process.pid or status.revision is None:
        return "the gateway serves nothing yet"
    if not status.identity.get("available", True):
        return "the gateway has no identity data"
    return None


def _bound(node: NodeDirectory, address: str) -> HTTPServer:
    try:
        return HTTPServer(split_address(address), type("Handler", (_Handler,), {"node": node}))
    except ValueError:
        why = "it is no ADDRESS:PORT"
    except OSError as error:
        why = errno_text(error)
    help = "Name another address with --health, such as 127.0.0.1:9080."
    raise Refused("listener-taken", f"{address} cannot be listened on: {why}", help, status=409)


class _Handler(BaseHTTPRequestHandler):
    node: NodeDirectory
    timeout = _PATIENCE_SECONDS
    server_version, sys_version = "ringwork", ""

    def do_GET(self) -> None:
        match self.path:
            case "/livez":
                self._answer(200, "alive")
            case "/readyz":
                reason = unready(self.node)
                self._answer(200 if reason is None else 503, reason or "ready")
            case _:
                self._answer(404, "ask /livez or /readyz")

    def _answer(self, status: int, text: str) -> None:
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Probes every few seconds are no news."""

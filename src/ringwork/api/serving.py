"""HTTP servers beside the control plane's work: the admin API and documentation on loopback, nodes' on its own
address.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ringwork.fleet.listeners import bound_to, errno_text, split_address
from ringwork.kernel.refusal import Refused

_PATIENCE_SECONDS = 10.0


class BesideServer:
    """Bound when made, so that the port is known and its own; serves from `start` to `stop`."""

    def __init__(self, bound: socket.socket, name: str) -> None:
        self._socket = bound
        self._name = name
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def serve(self, application: ASGIApp, tls: ssl.SSLContext | None = None, **options: Any) -> None:
        """Returns when requests are answered. `options` are uvicorn's."""
        config = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=5,
            **options,
        )
        config.load()
        config.ssl = tls
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=self._name, daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_PATIENCE_SECONDS)
        self._socket.close()


class DocumentationServer(BesideServer):
    """What one ring can read, on a loopback address of its own."""

    def __init__(self, address: str) -> None:
        """Raises Refused when `address` cannot be listened on."""
        try:
            bound = bound_to(*split_address(address))
        except OSError as error:
            message = f"documentation cannot be served on {address}: {errno_text(error)}"
            help = "End what uses it, or change `documentation.listen` in ringwork.yaml."
            raise Refused("listener-taken", message, help, status=409) from None
        super().__init__(bound, f"documentation-{address}")

    def start(self, application: ASGIApp) -> None:
        self.serve(application, limit_concurrency=64, timeout_graceful_shutdown=1)


class AdminServer(BesideServer):
    def __init__(self) -> None:
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        super().__init__(bound, "admin-api")

    @property
    def hosts(self) -> tuple[str, str]:
        """Values of `Host` that are this server's."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.hosts[0]}"

    def start(self, application: ASGIApp) -> None:
        self.serve(application, limit_concurrency=64, timeout_graceful_shutdown=5)

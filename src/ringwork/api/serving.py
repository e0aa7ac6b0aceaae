"""HTTP servers beside the control plane's work: the admin API and documentation on loopback, nodes' on its own
address.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ringwork.fleet.listeners import errno_text, split_address
from ringwork.kernel.refusal import Refused
from ringwork.kernel.sockets import bound_to

_PATIENCE_SECONDS = 10.0
_MOST_HEAD_BYTES = 32 * 1024


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


class AuthorizationListener(BesideServer):
    """What OAuth clients speak to, on a loopback address of its own."""

    def __init__(self, address: str) -> None:
        """Raises Refused when `address` cannot be listened on."""
        try:
            bound = bound_to(*split_address(address))
        except OSError as error:
            message = f"the authorization server cannot be served on {address}: {errno_text(error)}"
            help = "End what uses it, or change `authorization_server.listen` in ringwork.yaml."
            raise Refused("listener-taken", message, help, status=409) from None
        super().__init__(bound, "authorization-server")

    def start(self, application: ASGIApp) -> None:
        # h11, as for the admin API.
        self.serve(
            application,
            limit_concurrency=256,
            timeout_graceful_shutdown=1,
            http="h11",
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        )


class AdminServer(BesideServer):
    def __init__(self, address: str | None = None) -> None:
        """`address`: of loopback; None: a free port there. Raises Refused when it cannot be listened on."""
        host, port = ("127.0.0.1", 0) if address is None else _of_loopback(address)
        try:
            bound = bound_to(host, port)
        except OSError as error:
            raise _unusable(f"{address} cannot be listened on: {errno_text(error)}") from None
        super().__init__(bound, "admin-api")
        self._host = f"[{host}]" if ":" in host else host

    @property
    def hosts(self) -> tuple[str, str]:
        """Values of `Host` that are this server's."""
        return f"{self._host}:{self.port}", f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.hosts[0]}"

    def start(self, application: ASGIApp) -> None:
        # h11, whatever else is installed: it bounds the head that is read before anything of ours sees it.
        self.serve(
            application,
            limit_concurrency=64,
            timeout_graceful_shutdown=5,
            http="h11",
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        )


def _of_loopback(address: str) -> tuple[str, int]:
    """It speaks plain HTTP, and whoever has its token may do everything."""
    try:
        host, port = split_address(address)
        if ipaddress.ip_address(host).is_loopback:
            return host, port
    except ValueError:
        raise _unusable(f'"{address}" is no ADDRESS:PORT') from None
    raise _unusable(f"the admin API is served on loopback only, and {host} is not")


def _unusable(why: str) -> Refused:
    help = "Say --admin 127.0.0.1:7070, or leave it out. Others reach it through a ring: docs/admin-api.md."
    return Refused("admin-unusable", why, help, status=409)

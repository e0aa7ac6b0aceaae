"""A mock on a socket, until it is told to end."""

from __future__ import annotations

import contextlib
import socket

import uvicorn
from starlette.types import ASGIApp

from ringwork.kernel.refusal import Refused
from ringwork.kernel.sockets import bound_to

_MOST_AT_ONCE = 256


def bound(address: str) -> socket.socket:
    """A socket that listens at `HOST:PORT`, port 0 for a free one: who is told of it may call at once. Raises Refused
    when that cannot be listened on.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not port.isdigit() or not host or int(port) > 65_535:
        raise Refused(
            "address-invalid", f'"{address}" is no address', "Write ADDRESS:PORT, such as 127.0.0.1:4010."
        )
    try:
        listener = bound_to(host, int(port))
        listener.listen(_MOST_AT_ONCE)
        return listener
    except OSError as error:
        help = "Name another address with --listen; port 0 is any free one."
        raise Refused("address-unusable", f"cannot listen on {address}: {error.strerror}", help) from None


def serve(application: ASGIApp, listener: socket.socket) -> None:
    """Until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        application,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it once more when it has ended
        uvicorn.Server(config).run(sockets=[listener])

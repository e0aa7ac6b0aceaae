"""Listening sockets that are opened here and handed to a child process by number.

So a port cannot be taken by somebody else between choosing and using it.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

_LOOPBACK = "127.0.0.1"
_BACKLOG = 512


def listen(port: int) -> socket.socket:
    """A socket listening on loopback at `port`; 0 picks a free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def listen_near(preferred: Mapping[str, int]) -> dict[str, socket.socket]:
    """One socket per name on its preferred port, or, where that is taken, on a free one."""
    return {name: _preferably(port) for name, port in preferred.items()}


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    try:
        listen(port).close()
    except OSError:
        return False
    return True


def _preferably(port: int) -> socket.socket:
    try:
        return listen(port)
    except OSError:
        return listen(0)

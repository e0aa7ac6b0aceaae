"""Sockets to listen on."""

from __future__ import annotations

import socket


def bound_to(host: str, port: int) -> socket.socket:
    """A socket bound there, not listening yet. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said to be of TCP: asyncio has Nagle's algorithm hold back what is written to any other.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener

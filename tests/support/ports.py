"""Ports for servers that tests start: below what the system gives to outgoing connections and what `--ports auto`
picks, another part of them for each worker, and each in its turn: nobody takes one between its choice and its use.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import socket

FIRST, EACH, WORKERS = 12_000, 2_000, 4

_turns = itertools.count(secrets.randbelow(EACH))


def free_port() -> int:
    """A port nobody listens on now."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    for turn in _turns:
        port = FIRST + worker * EACH + turn % EACH
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("turns do not end")

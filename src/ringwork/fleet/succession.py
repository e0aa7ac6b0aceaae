"""Asking a supervisor, from outside, to replace its gateway."""

from __future__ import annotations

import time

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import running_gateway
from ringwork.kernel.files import write_atomically
from ringwork.kernel.refusal import Refused

_PATIENCE_SECONDS = 90.0
_LOOK_SECONDS = 0.05


def ask_for_upgrade(node: NodeDirectory) -> tuple[int, int]:
    """Pids of the gateway before and after. Raises Refused when there is none, or it stays the same."""
    before = running_gateway(node)
    if before is None:
        raise Refused("gateway-not-serving", "no gateway runs", "`ringwork status` tells more.", status=409)
    write_atomically(node.upgrade, b"")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        after = running_gateway(node)
        if after is not None and after.pid != before.pid:
            return before.pid, after.pid
        time.sleep(_LOOK_SECONDS)
    node.upgrade.unlink(missing_ok=True)
    help = "It serves on. `node/log/gateway.log` in the state directory says why."
    raise Refused("upgrade-failed", f"gateway {before.pid} was not replaced", help, status=503)

"""Wiring: which adapters stand behind which ports, what `ringwork up` starts, in which order it ends.

The only place that knows every room below it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.control.control import Control
from ringwork.control.directory import ControlDirectory
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.endpoints import AdminEndpoint, Endpoints
from ringwork.fleet.plane import ControlPlane
from ringwork.fleet.report import ApplyReport, Assessed
from ringwork.fleet.state import StateDirectory
from ringwork.fleet.supervisor import Supervisor
from ringwork.fleet.upkeep import Upkeep
from ringwork.kernel.cache import FileCache
from ringwork.kernel.clock import system_clock

if TYPE_CHECKING:
    from ringwork.api.serving import AdminServer

Say = Callable[[str], None]
Told = Callable[[ApplyReport], None]


def open_control(state: StateDirectory) -> Control:
    """The store of `state`, beside a running `ringwork up` or without one. Raises Refused when there is none."""
    state.demand()
    return _control(state)


def up(
    estate: Path,
    state: StateDirectory,
    *,
    free_ports: bool,
    watch: bool,
    applied: Told,
    ready: Callable[[Endpoints], None],
    say: Say,
    stop: threading.Event,
) -> None:
    """Runs control plane and gateway until `stop` is set, then ends all it started.

    `applied` hears of every application of the estate, `ready` once where everything is. Raises Refused.
    """
    from ringwork.api.serving import AdminServer

    with state.held():
        state.endpoints.unlink(missing_ok=True)
        plane, admin = _plane(state, free_ports=free_ports, say=say), AdminServer()
        try:
            plane.resume()
            word = plane.begin(estate)
            _serve(admin, plane, state)
            applied(word())
            where = AdminEndpoint(url=admin.url, token_file=str(state.admin_token))
            plane.demand_serving()
            endpoints = plane.endpoints(where)
            endpoints.write(state.endpoints)
            ready(endpoints)
            Upkeep(plane, state, where, applied=applied, say=say).run(stop, watched=estate if watch else None)
        finally:
            state.endpoints.unlink(missing_ok=True)
            admin.stop()
            plane.stop()


def _plane(state: StateDirectory, *, free_ports: bool, say: Say) -> ControlPlane:
    node = NodeDirectory(state.node)
    supervisor = Supervisor(find_gateway(), node, say=say)
    control = _control(state)
    return ControlPlane(
        control,
        node,
        supervisor,
        assess=_assessing(control.directory),
        free_ports=free_ports,
    )


def _control(state: StateDirectory) -> Control:
    node = NativeIdentityNode(NodeDirectory(state.node).identity)
    return Control(state.control, node, mint=mint_key, clock=system_clock)


def _serve(admin: AdminServer, plane: ControlPlane, state: StateDirectory) -> None:
    # Imported this late because it takes a while, and the gateway starts meanwhile.
    from ringwork.api.application import admin_api

    admin.start(admin_api(plane, token=state.token(), hosts=admin.hosts))


def _assessing(control: ControlDirectory) -> Callable[[Path], Assessed]:
    """The estate as governance sees it, compared with what is live; what did not change is not judged again."""
    from ringwork.governance.assess import Memory, assess
    from ringwork.governance.plan import plan
    from ringwork.governance.snapshot import read_snapshot

    memory = Memory(FileCache(control.cache / "judged"))

    def assessed(estate: Path) -> Assessed:
        live = read_snapshot(control.exposure, control.parts, memory.exposures)
        found = assess(estate, live, memory)
        change = plan(live, found.snapshot, found.findings, found.dropped)
        gc.freeze()  # it stays, and walking all of a large estate for garbage would cost more than a change of it
        if found.snapshot is None:
            return Assessed(findings=change.findings, plan=change.as_dict())
        exposed = found.snapshot
        return Assessed(found.intent, change.findings, exposed.as_dict(), exposed.parts, change.as_dict())

    return assessed

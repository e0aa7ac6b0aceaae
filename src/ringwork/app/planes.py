"""Control planes: of an estate that is followed, of an intent that is swept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.app.stores import control_of
from ringwork.control.contracts import Contracts
from ringwork.control.control import Control
from ringwork.control.directory import ControlDirectory
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.mocks.supervision import MockSupervisor
from ringwork.fleet.plane import Assess, ControlPlane
from ringwork.fleet.proving import Broken
from ringwork.fleet.report import Assessed
from ringwork.fleet.state import StateDirectory
from ringwork.fleet.supervisor import Supervisor
from ringwork.intent.model import Intent
from ringwork.kernel.cache import FileCache
from ringwork.kernel.frozen import Frozen

if TYPE_CHECKING:
    from ringwork.governance.assess import Assessment, Memory
    from ringwork.governance.gates.model import GateJudgement
    from ringwork.governance.snapshot import ExposureSnapshot

Say = Callable[[str], None]


def estate_plane(
    control: Control, state: StateDirectory, *, free_ports: bool, environment: str | None, say: Say
) -> ControlPlane:
    node = NodeDirectory(state.node)
    supervisor = Supervisor(find_gateway(), node, say=say)
    return ControlPlane(
        control,
        node,
        supervisor,
        MockSupervisor(control.directory.mocks, say=say),
        assess=_assessing(control.directory, control.secrets.value, _gating(control, node)),
        free_ports=free_ports,
        environment=environment,
    )


def sweeping_plane(state: StateDirectory, intent: Intent) -> ControlPlane:
    """A control plane that publishes `intent` and nothing else, whatever estate it is asked to apply."""
    control = control_of(state)
    node = NodeDirectory(state.node)
    supervisor = Supervisor(find_gateway(), node, say=_silent)
    mocks = MockSupervisor(control.directory.mocks, say=_silent)
    return ControlPlane(
        control, node, supervisor, mocks, assess=lambda root, environment: Assessed(intent), free_ports=True
    )


def _silent(_line: str) -> None:
    """Nobody is told."""


Gating = Callable[[Path, "Assessment", "Memory", "ExposureSnapshot | None"], "GateJudgement | None"]


def _gating(control: Control, node: NodeDirectory) -> Gating:
    """What the gates say of an estate that has some; of one that has none, nobody is kept waiting for it."""

    def gated(
        estate: Path, found: Assessment, memory: Memory, live: ExposureSnapshot | None
    ) -> GateJudgement | None:
        from ringwork.app.gating import answers, live_side, proposed_side
        from ringwork.governance.gates.judging import judge_gates
        from ringwork.governance.style import judge_styles

        if not found.estate.has_gates or found.snapshot is None:
            return None
        cache, today = control.directory.cache, control.clock().date()
        before = live_side(control.sources, node.published, live)
        return judge_gates(
            found.estate,
            before,
            proposed_side(estate, found, memory, before),
            judge_styles(estate, found, memory, today, FileCache(cache / "style")).styles,
            today=today,
            answered=answers(control.people.grants.gates.standing()),
            cache=FileCache(cache / "changes"),
            audits=FileCache(cache / "audit"),
        )

    return gated


def _assessing(control: ControlDirectory, resolve: Callable[[str], str], gated: Gating) -> Assess:
    """The estate as governance sees it, compared with what is live; what did not change is not judged again."""
    from ringwork.governance.assess import Memory, assess, withheld
    from ringwork.governance.documented import documented
    from ringwork.governance.plan import plan
    from ringwork.governance.snapshot import read_snapshot
    from ringwork.governance.whole import prototypes

    memory = Memory(FileCache(control.cache / "judged"))

    frozen = Frozen()

    def assessed(estate: Path, environment: str | None) -> Assessed:
        with frozen.uncollected():
            return judged(estate, environment)

    def judged(estate: Path, environment: str | None) -> Assessed:
        live = read_snapshot(control.exposure, control.parts, memory.exposures)
        found = assess(estate, live, memory, resolve, environment, locked=True)
        gates = gated(estate, found, memory, live)
        if gates is not None and gates.held:
            found = withheld(found, gates.holding(), live, memory)
        findings = (*found.findings, *(gates.findings if gates else ()))
        change = plan(live, found.snapshot, findings, found.dropped)
        said = change.as_dict() | {"gates": None if gates is None else gates.results_as_dict()}
        if found.snapshot is None:
            return Assessed(findings=change.findings, plan=said)
        exposed = found.snapshot
        return Assessed(
            found.intent,
            change.findings,
            exposed.as_dict(),
            exposed.parts,
            said,
            broken=_broken(found),
            contracts=Contracts(*documented(estate, found, memory)),
            mocks=prototypes(estate, found),
        )

    return assessed


def _broken(found: Assessment) -> Broken:
    """What has an error, and stays as it is live."""
    estate = found.estate
    plans, partners, groups = (
        frozenset(one.name for one in sound) for sound in (estate.plans, estate.partners, estate.groups)
    )
    return Broken(
        frozenset(found.dropped),
        estate.plan_names - plans,
        estate.partner_names - partners,
        estate.group_names - groups,
    )

"""Wiring: which adapters stand behind which ports, what `ringwork up` starts, in which order it ends.

The only place that knows every room below it.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.control.contracts import Contracts
from ringwork.control.control import Control
from ringwork.control.directory import ControlDirectory
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.control.secrets import NothingStored, Secrets
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.ending import Ending
from ringwork.fleet.endpoints import AdminEndpoint, Endpoints
from ringwork.fleet.health import HealthServer
from ringwork.fleet.mocks.supervision import MockSupervisor
from ringwork.fleet.plane import Assess, ControlPlane
from ringwork.fleet.proving import Broken
from ringwork.fleet.report import ApplyReport, Assessed
from ringwork.fleet.state import StateDirectory
from ringwork.fleet.supervisor import Supervisor
from ringwork.fleet.telemetry.supervision import ExporterSupervisor
from ringwork.fleet.upkeep import Upkeep
from ringwork.intent.model import Intent
from ringwork.kernel.cache import FileCache
from ringwork.kernel.clock import system_clock
from ringwork.kernel.files import private_directory
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.api.node_serving import NodeServer
    from ringwork.api.serving import AdminServer
    from ringwork.governance.assess import Assessment
    from ringwork.portal.sites import Sites

Say = Callable[[str], None]
Told = Callable[[ApplyReport], None]


def open_control(state: StateDirectory, store: str | None = None) -> Control:
    """The store of `state`, beside a running `ringwork up` or without one. Raises Refused when there is none.

    `store` says which, to a state that begins.
    """
    state.demand()
    return _control(state, store)


def begin_state(state: StateDirectory) -> None:
    """Makes an empty state, so that secrets can be set before anything runs."""
    state.make()
    private_directory(state.control)


def secret_values(state: StateDirectory) -> Callable[[str], str]:
    """What references stand for, for a look at the estate; nothing is made where there is no state."""

    def stored(reference: str) -> str:
        control = _control(state)
        try:
            return control.secrets.value(reference)
        finally:
            control.close()

    return stored if state.exists() else Secrets(NothingStored(), key=bytes, clock=system_clock).value


def up(
    estate: Path,
    state: StateDirectory,
    *,
    free_ports: bool,
    watch: bool,
    nodes: str | None,
    health: str | None,
    admin: str | None = None,
    applied: Told,
    ready: Callable[[Endpoints], None],
    say: Say,
    ending: Ending,
    environment: str | None = None,
    store: str | None = None,
) -> None:
    """Runs control plane and gateway until `ending` is asked for. A gateway that was there before ends only then:
    a start that fails leaves it serving.

    `environment` is the one they run in; None: what `ringwork.yaml` names.
    `store` names a database of a server; None: the one the state has, or begins with SQLite.
    `nodes` is the address gateways elsewhere connect to, `health` the one probes ask; None: nobody does.
    `admin` is the admin API's, on loopback; None: a free port.
    `applied` hears of every application of the estate, `ready` once where everything is. Raises Refused.
    """
    from ringwork.api.serving import AdminServer

    with state.held():
        state.endpoints.unlink(missing_ok=True)
        probed = HealthServer(NodeDirectory(state.node), health)
        administration = AdminServer(admin)
        control = _control(state, store)
        plane = _plane(control, state, free_ports=free_ports, environment=environment, say=say)
        elsewhere = ControlEnd(plane, nodes)
        readers = Readers(plane, control, state)
        exporter = ExporterSupervisor(NodeDirectory(state.node), instance=socket.gethostname(), say=say)
        lasting = plane.is_serving
        try:
            ending.attend()
            _demand_environment(plane, estate, environment)
            probed.start()
            plane.resume()
            exporter.start()
            word = plane.begin(estate)
            _serve(administration, plane, state)
            elsewhere.start()
            applied(word())
            where = AdminEndpoint(url=administration.url, token_file=str(state.admin_token))
            plane.demand_serving()
            endpoints = plane.endpoints(where, elsewhere.address, readers.follow())
            ready(endpoints)  # before the file: who sees that may end this at once, and it ends in order
            endpoints.write(state.endpoints)
            lasting = True
            upkeep = Upkeep(
                plane,
                state,
                endpoints,
                applied=applied,
                tidied=elsewhere.renew,
                documented=readers.follow,
                say=say,
            )
            upkeep.run(ending.asked, watched=estate if watch else None)
        finally:
            state.endpoints.unlink(missing_ok=True)
            probed.stop()
            elsewhere.stop()
            readers.stop()
            administration.stop()
            plane.stop(leave_gateway=ending.leaves_gateway if ending.asked.is_set() else lasting)
            exporter.stop()


def _demand_environment(plane: ControlPlane, estate: Path, environment: str | None) -> None:
    """Raises Refused before a gateway that serves another environment is touched.

    Where none runs, serving again is what comes first: then the estate is asked when it is read.
    """
    if environment is None and plane.is_serving:
        from ringwork.manifest.load import usual_environment

        environment = usual_environment(estate)
    if environment is not None:
        plane.demand_environment(environment)


class ControlEnd:
    """The listener for gateways elsewhere, if there is to be one. `address` None: there is none."""

    def __init__(self, plane: ControlPlane, address: str | None) -> None:
        self._plane = plane
        self._wanted = address
        self._server: NodeServer | None = None

    @property
    def address(self) -> str | None:
        return None if self._server is None else self._server.address

    def start(self) -> None:
        """Raises Refused when the address cannot be listened on."""
        if self._wanted is None:
            return
        from ringwork.api.node_serving import NodeServer
        from ringwork.api.nodes import node_api

        distribution = self._plane.distribution()
        tls = self._plane.node_certificate()
        self._server = NodeServer(self._wanted, tls=tls, ca_pem=distribution.ca_pem)
        self._server.start(node_api(distribution))

    def renew(self) -> None:
        if self._server is not None:
            self._plane.node_certificate()
            self._server.renew(self._plane.distribution().ca_pem)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()


class Readers:
    """What each ring can read, served while the live revision says so; nothing of it is loaded before."""

    def __init__(self, plane: ControlPlane, control: Control, state: StateDirectory) -> None:
        self._plane = plane
        self._control = control
        self._published = NodeDirectory(state.node).published
        self._sites: Sites | None = None

    def follow(self) -> dict[str, str]:
        """Ring → where this machine reads of it. Raises Refused when an address cannot be listened on."""
        if self._sites is None and self._plane.is_documented:
            self._sites = self._opened()
        return {} if self._sites is None else self._sites.follow()

    def stop(self) -> None:
        if self._sites is not None:
            self._sites.stop()

    def _opened(self) -> Sites:
        from ringwork.api.serving import DocumentationServer
        from ringwork.bundle.publish import Publication
        from ringwork.portal.live import LiveRevision
        from ringwork.portal.sites import Sites

        return Sites(
            LiveRevision(Publication(self._published), self._control.sources, self._plane.address_of),
            self._control.directory.cache / "documentation",
            listen=DocumentationServer,
            holds=self._plane.holds,
        )


def remote_gateway(
    state: StateDirectory,
    *,
    control: str | None,
    token: str | None,
    health: str | None,
    say: Say,
    ending: Ending,
) -> None:
    """Runs a gateway elsewhere until `ending` is asked for; with `token` it is enrolled at `control` first.

    Raises Refused: not enrolled, revoked, or a token that enrols nobody.
    """
    from ringwork.control.enrolment_token import read_token
    from ringwork.fleet.remote.enrolled import Enrolled
    from ringwork.fleet.remote.gateway import RemoteGateway
    from ringwork.fleet.remote.joining import join

    with state.held():
        enrolled = Enrolled(state.root)
        invited = None if token is None else read_token(token)
        if invited is not None and not enrolled.is_by(invited):
            if control is None:
                raise Refused("control-missing", "nobody to enrol with", "Add --control URL.")
            joined = join(enrolled, state.node, control, invited)
            say(f"enrolled as {joined.name}, for {', '.join(joined.rings)}")
        elif control is not None:
            enrolled.write(enrolled.demand().model_copy(update={"control": control}))
        enrolled.demand()
        node = NodeDirectory(state.node)
        probed = HealthServer(node, health)
        probed.start()
        ending.attend()
        try:
            RemoteGateway(enrolled, node, find_gateway(), clock=system_clock, say=say).run(ending)
        finally:
            probed.stop()


def _plane(
    control: Control, state: StateDirectory, *, free_ports: bool, environment: str | None, say: Say
) -> ControlPlane:
    node = NodeDirectory(state.node)
    supervisor = Supervisor(find_gateway(), node, say=say)
    return ControlPlane(
        control,
        node,
        supervisor,
        MockSupervisor(control.directory.mocks, say=say),
        assess=_assessing(control.directory, control.secrets.value),
        free_ports=free_ports,
        environment=environment,
    )


def sweeping_plane(state: StateDirectory, intent: Intent) -> ControlPlane:
    """A control plane that publishes `intent` and nothing else, whatever estate it is asked to apply."""
    control = _control(state)
    node = NodeDirectory(state.node)
    supervisor = Supervisor(find_gateway(), node, say=_silent)
    mocks = MockSupervisor(control.directory.mocks, say=_silent)
    return ControlPlane(
        control, node, supervisor, mocks, assess=lambda root, environment: Assessed(intent), free_ports=True
    )


def _silent(_line: str) -> None:
    """Nobody is told."""


def _control(state: StateDirectory, store: str | None = None) -> Control:
    node = NativeIdentityNode(NodeDirectory(state.node).identity)
    return Control(state.control, node, mint=mint_key, clock=system_clock, store=store)


def _serve(admin: AdminServer, plane: ControlPlane, state: StateDirectory) -> None:
    # Imported this late because it takes a while, and the gateway starts meanwhile.
    from ringwork.api.application import admin_api

    admin.start(admin_api(plane, token=state.token(), hosts=admin.hosts))


def _assessing(control: ControlDirectory, resolve: Callable[[str], str]) -> Assess:
    """The estate as governance sees it, compared with what is live; what did not change is not judged again."""
    from ringwork.governance.assess import Memory, assess
    from ringwork.governance.documented import documented
    from ringwork.governance.plan import plan
    from ringwork.governance.snapshot import read_snapshot
    from ringwork.governance.whole import prototypes

    memory = Memory(FileCache(control.cache / "judged"))

    def assessed(estate: Path, environment: str | None) -> Assessed:
        live = read_snapshot(control.exposure, control.parts, memory.exposures)
        found = assess(estate, live, memory, resolve, environment, locked=True)
        change = plan(live, found.snapshot, found.findings, found.dropped)
        gc.freeze()  # it stays, and walking all of a large estate for garbage would cost more than a change of it
        if found.snapshot is None:
            return Assessed(findings=change.findings, plan=change.as_dict())
        exposed, given = found.snapshot, documented(estate, found, memory)
        return Assessed(
            found.intent,
            change.findings,
            exposed.as_dict(),
            exposed.parts,
            change.as_dict(),
            broken=_broken(found),
            contracts=None if given is None else Contracts(*given),
            mocks=prototypes(estate, found),
        )

    return assessed


def _broken(found: Assessment) -> Broken:
    """What has an error, and stays as it is live."""
    estate = found.estate
    plans, partners = (frozenset(one.name for one in sound) for sound in (estate.plans, estate.partners))
    return Broken(frozenset(found.dropped), estate.plan_names - plans, estate.partner_names - partners)

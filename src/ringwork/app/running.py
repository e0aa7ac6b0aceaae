"""`ringwork up`: what it starts, and in which order that ends."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.app.authorizing import AuthorizationEnd, own_keys_or
from ringwork.app.planes import Say, estate_plane
from ringwork.app.stores import control_of
from ringwork.control.control import Control
from ringwork.control.records.records import LOCAL
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.ending import Ending
from ringwork.fleet.endpoints import AdminEndpoint, Endpoints
from ringwork.fleet.health import HealthServer
from ringwork.fleet.issuers.fetching import fetch_key_set
from ringwork.fleet.issuers.following import IssuerKeyFollower
from ringwork.fleet.journal import JournalReader
from ringwork.fleet.key_uses import KeptKeyUses
from ringwork.fleet.plane import ControlPlane
from ringwork.fleet.report import ApplyReport
from ringwork.fleet.state import StateDirectory
from ringwork.fleet.telemetry.supervision import ExporterSupervisor
from ringwork.fleet.upkeep import Upkeep
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.api.node_serving import NodeServer
    from ringwork.api.serving import AdminServer
    from ringwork.control.beside import Beside
    from ringwork.portal.sites import Sites

Told = Callable[[ApplyReport], None]


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
        control = control_of(state, store)
        plane = estate_plane(control, state, free_ports=free_ports, environment=environment, say=say)
        elsewhere = ControlEnd(plane, nodes)
        readers = Readers(plane, control, state)
        exporter = ExporterSupervisor(NodeDirectory(state.node), instance=socket.gethostname(), say=say)
        authorization = AuthorizationEnd(plane, control)
        issuer_keys = IssuerKeyFollower(
            NodeDirectory(state.node), say=say, fetch=own_keys_or(fetch_key_set, control)
        )
        lasting = plane.is_serving
        beside: list[Beside] = []
        try:
            ending.attend()
            _demand_environment(plane, estate, environment)
            probed.start()
            plane.resume()
            exporter.start()
            issuer_keys.start()
            word = plane.begin(estate)
            _serve(administration, plane, state)
            beside = _beside(plane, NodeDirectory(state.node), say)
            elsewhere.start()
            applied(word())
            where = AdminEndpoint(url=administration.url, token_file=str(state.admin_token))
            plane.demand_serving()
            endpoints = plane.endpoints(
                where, elsewhere.address, readers.follow(), authorization=authorization.follow()
            )
            ready(endpoints)  # before the file: who sees that may end this at once, and it ends in order
            endpoints.write(state.endpoints)
            lasting = True
            _open_to_the_first(plane, administration.url, say)
            upkeep = Upkeep(
                plane,
                state,
                endpoints,
                applied=applied,
                renewed=elsewhere.renew,
                documented=readers.follow,
                authorizing=authorization.follow,
                say=say,
            )
            upkeep.run(ending.asked, watched=estate if watch else None)
        finally:
            state.endpoints.unlink(missing_ok=True)
            probed.stop()
            elsewhere.stop()
            issuer_keys.stop()
            readers.stop()
            authorization.stop()
            administration.stop()
            for each in beside:
                each.stop()
            plane.stop(leave_gateway=ending.leaves_gateway if ending.asked.is_set() else lasting)
            exporter.stop()
            _read_last_writes(plane, NodeDirectory(state.node), say)


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
        self._distribution = plane.distribution()
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

        tls = self._plane.node_certificate()
        self._server = NodeServer(self._wanted, tls=tls, ca_pem=self._distribution.ca_pem)
        self._server.start(node_api(self._distribution))

    def renew(self) -> None:
        if self._server is not None:
            self._plane.node_certificate()
            self._server.renew(self._distribution.ca_pem)

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
        from ringwork.portal.handing import Handing
        from ringwork.portal.live import LiveRevision
        from ringwork.portal.sites import Sites

        return Sites(
            LiveRevision(Publication(self._published), self._control.sources, self._plane.address_of),
            self._control.directory.cache / "documentation",
            handing=lambda ring: Handing(ring, self._control.handovers, self._control.accounts),
            listen=DocumentationServer,
            holds=self._plane.holds,
        )


def _serve(admin: AdminServer, plane: ControlPlane, state: StateDirectory) -> None:
    # Imported this late because it takes a while, and the gateway starts meanwhile.
    from ringwork.api.application import admin_api

    admin.start(admin_api(plane, token=state.token(), hosts=admin.hosts))


def _beside(plane: ControlPlane, node: NodeDirectory, say: Say) -> list[Beside]:
    """Asks the provider again whether people still have access, tells who hears of grants, keeps when keys were used,
    and brings writes of the gateway that are on record into the ledger.
    """
    from ringwork.control.beside import Beside
    from ringwork.control.notices.telling import Unheard
    from ringwork.control.people.provider.words import Unanswered

    people = plane.people
    asking = Beside(people.check_again, Unanswered, "people cannot be checked", say=say)
    telling = Beside(people.telling.tell, Unheard, "a notice was not heard", say=say)
    uses = KeptKeyUses(node, plane.note_key_uses)
    keeping = Beside(uses.keep, OSError, "uses of keys are not kept", say=say)
    recording = Beside(
        _journal(plane, node).read_on, OSError, "writes are not taken into the ledger", say=say
    )
    for each in (asking, telling, keeping, recording):
        each.start()
    return [asking, telling, keeping, recording]


def _read_last_writes(plane: ControlPlane, node: NodeDirectory, say: Say) -> None:
    """What the gateway wrote down as it ended; else it is read when it begins again."""
    try:
        _journal(plane, node).read_on()
    except (Refused, OSError) as error:
        say(f"writes wait for the next start: {error}")


def _journal(plane: ControlPlane, node: NodeDirectory) -> JournalReader:
    records = plane.records
    positions, take = partial(records.positions, LOCAL), partial(records.take, LOCAL)
    return JournalReader(node.journal, gateway=LOCAL, positions=positions, take=take)


def _open_to_the_first(plane: ControlPlane, url: str, say: Say) -> None:
    """Where nobody has an account yet, and nobody else says who people are: a link, once, for a while."""
    from ringwork.api.entrance.addresses import invitation_link

    link = plane.people.accounts.open_first()
    if link is not None:
        base = plane.people.policy().url or url
        say(
            "\nNobody operates this yet. Within the hour, whoever opens this link first does (docs/people.md):"
        )
        say(f"  {invitation_link(base, link.text)}")

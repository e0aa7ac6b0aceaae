"""A running control plane with its one gateway: what the admin API serves."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringwork.audience import RINGS
from ringwork.bundle.prove import Unproven
from ringwork.bundle.publish import Publication
from ringwork.control.authority import NODES
from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.applications import Applications
from ringwork.control.control import Control
from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.handovers.handovers import Handovers
from ringwork.control.identities import Identities
from ringwork.control.keys import Keys
from ringwork.control.model import Revision
from ringwork.control.nodes import Nodes
from ringwork.control.receipts import Receipts
from ringwork.control.records.records import Records
from ringwork.control.secrets import Secrets
from ringwork.control.server_certificates import ensure_server_certificate
from ringwork.fleet.ca_rotation import CaRotation, ca_view
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.endpoints import AdminEndpoint, Endpoints, GatewayEndpoint, ring_endpoint
from ringwork.fleet.gateway_report import gateway_report
from ringwork.fleet.listeners import FreePorts, declared_in, require_free
from ringwork.fleet.measures import Measures, gateway_measures
from ringwork.fleet.mocks.supervision import MockSupervisor
from ringwork.fleet.process import running_gateway
from ringwork.fleet.remote.distribution import Distribution
from ringwork.fleet.remote.protocol import CONTROL_NAME
from ringwork.fleet.report import ApplyReport, Assessed, waiting
from ringwork.fleet.rollout import Published, Rollout
from ringwork.fleet.secrets import secrets_of
from ringwork.fleet.status import Acknowledged, read_status, wait_for_word
from ringwork.fleet.supervisor import Supervisor
from ringwork.intent.model import Intent
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.oauth.server import AuthorizationServer
    from ringwork.control.people.people import People

_WORD_SECONDS = 30.0
# All there are.
_RINGS = tuple(audience.label for audience in RINGS)

Assess = Callable[[Path, str | None], Assessed]


class ControlPlane:
    """One per state directory. Changes are made by one thread at a time, whoever asks for them.

    `environment` is what estates are applied for unless one says otherwise; None: what each names itself.
    """

    def __init__(
        self,
        control: Control,
        node: NodeDirectory,
        supervisor: Supervisor,
        mocks: MockSupervisor,
        *,
        assess: Assess,
        free_ports: bool,
        environment: str | None = None,
    ) -> None:
        self._control = control
        self._node = node
        self._supervisor = supervisor
        self._mocks = mocks
        self._assess = assess
        self._free_ports = free_ports
        self._environment = environment
        self._rollout = Rollout(control, node)
        self._cas = CaRotation(control, self._rollout, node)
        self._turn = threading.Lock()
        self._supervised = False
        self._held: dict[str, frozenset[str]] = {}
        self._applications: Counter[str] = Counter()

    @property
    def keys(self) -> Keys:
        return self._control.keys

    @property
    def accounts(self) -> Accounts:
        return self._control.accounts

    @property
    def applications(self) -> Applications:
        return self._control.applications

    @property
    def authorization(self) -> AuthorizationServer:
        return self._control.authorization

    @property
    def identities(self) -> Identities:
        return self._control.identities

    @property
    def nodes(self) -> Nodes:
        return self._control.nodes

    @property
    def secrets(self) -> Secrets:
        return self._control.secrets

    def needed_secrets(self) -> Collection[str]:
        manifest = self._rollout.current_manifest()
        return () if manifest is None else secrets_of(manifest)

    @property
    def handovers(self) -> Handovers:
        return self._control.handovers

    @property
    def people(self) -> People:
        return self._control.people

    @property
    def records(self) -> Records:
        return self._control.records

    @property
    def receipts(self) -> Receipts:
        return self._control.receipts

    def distribution(self) -> Distribution:
        """What gateways elsewhere are told."""
        publication = Publication(self._node.published)
        return Distribution(
            self._control,
            publication,
            part_for_node=self._rollout.part_for_node,
            trusted=self._rollout.trusted,
            issuer_keys=self._node.issuer_keys,
        )

    def node_certificate(self) -> Path:
        """Folder of the certificate that is shown to gateways elsewhere, renewed when it ends soon."""
        folder = self._control.directory.nodes_tls
        authority = self._control.authority(NODES)
        ensure_server_certificate(folder, [CONTROL_NAME], authority, self._control.clock)
        return folder

    @property
    def gateway_pid(self) -> int | None:
        return self._supervisor.pid

    def status(self) -> dict[str, Any]:
        return gateway_report(self._node)

    def measures(self) -> Measures | None:
        """The control plane's metrics; None while they are off."""
        manifest = self._rollout.current_manifest()
        if manifest is None or _metrics_listener(manifest) is None:
            return None
        gateways = gateway_measures(self.status(), self._control.nodes.list())
        ending = self._control.keys.count_ending()
        return Measures(manifest["revision"], dict(self._applications), gateways, keys_ending=ending)

    def revisions(self, count: int, before: int | None = None) -> list[Revision]:
        """At most `count`, newest first; those with a lower number than `before`."""
        return self._control.revisions.latest(count, before=before)

    def revision(self, number: int) -> Revision:
        """Raises Refused when it is not on record."""
        found = self._control.revisions.find(number)
        if found is None:
            help = "`ringwork revisions` shows the last of them."
            raise Refused("revision-unknown", f"there is no revision {number}", help, status=404)
        return found

    def resume(self) -> None:
        """Lets the gateway serve what it served last, while the estate is still being read."""
        self._control.node.bring_up_to_date()
        self._rollout.recover()
        self._rollout.renew_certificates()
        self._mocks.resume()
        manifest = self._rollout.current_manifest()
        if manifest is not None and self._can_listen(_listeners(manifest)):
            self._supervise()

    @property
    def is_serving(self) -> bool:
        """Whether a gateway runs on this state, whoever started it. One that was just started holds its listeners
        before it says a word.
        """
        return self._supervisor.has_gateway or running_gateway(self._node) is not None

    @property
    def is_documented(self) -> bool:
        """Whether the live revision has anything for readers."""
        return self._rollout.is_documented

    def documentation_of(self, ring: str) -> str | None:
        """What readers of a ring open, without a slash at its end; None: nothing that has a name."""
        manifest = self._rollout.current_manifest()
        found: str | None = ((manifest or {}).get("rings", {}).get(ring) or {}).get("documentation")
        return None if found is None else found.rstrip("/")

    def holds(self, addresses: Iterable[str], of: str = "documentation") -> None:
        """Addresses this process itself listens on, for one thing: nobody else has taken them."""
        self._held[of] = frozenset(addresses)

    def address_of(self, declared: str) -> str:
        """Where to listen for what the estate declares."""
        return FreePorts(self._control.directory.ports).now(declared) if self._free_ports else declared

    def demand_environment(self, environment: str) -> None:
        """Raises Refused when the state directory belongs to another one."""
        self._control.demand_environment(environment)

    def apply(
        self,
        estate: Path,
        environment: str | None = None,
        demand: Demand[Revision | None] = nothing_demanded,
    ) -> dict[str, Any]:
        """Assesses, publishes, waits for the gateway's word. Raises Refused, also when `demand` does, which is shown
        the newest revision.
        """
        return self.begin(estate, environment, demand)().as_dict()

    def begin(
        self,
        estate: Path,
        environment: str | None = None,
        demand: Demand[Revision | None] = nothing_demanded,
    ) -> Callable[[], ApplyReport]:
        """Publishes; what is returned waits for the gateway's word. Raises Refused."""
        with self._turn:
            demand(self._newest())
            assessed = self._assess(estate, self._environment if environment is None else environment)
            published = None
            try:
                if assessed.intent is not None:
                    published = self._publish(estate, assessed, assessed.intent)
            except Unproven as error:
                assessed = replace(assessed, findings=(*assessed.findings, *error.findings))
        return lambda: self._counted(ApplyReport(assessed, published, self._word_on(published)))

    def waiting_gate(
        self, estate: Path, environment: str | None, api: str, gate: str, ring: str
    ) -> dict[str, Any]:
        """What has to be approved of an API of this estate, as a request has it on record. Raises Refused: nothing."""
        with self._turn:
            assessed = self._assess(estate, self._environment if environment is None else environment)
        return waiting(assessed.plan.get("gates"), api, gate, ring)

    def roll_back(self, revision: int, demand: Demand[Revision | None] = nothing_demanded) -> dict[str, Any]:
        with self._turn:
            demand(self._newest())
            published = self._rollout.roll_back(revision)
            self._supervise()
        return ApplyReport(Assessed(), published, self._word_on(published)).as_dict()

    def signing_key(self) -> dict[str, Any]:
        """The key manifests are signed with, and those trusted still."""
        return self._rollout.signing_key_view()

    def rotate_signing_key(
        self, overlap: timedelta | None, demand: Demand[dict[str, Any]] = nothing_demanded
    ) -> dict[str, Any]:
        """Raises Refused. `overlap`: how long the key before is trusted still; None: not at all."""
        with self._turn:
            demand(self.signing_key())
            published = self._rollout.rotate_signing_key(overlap)
        return ApplyReport(Assessed(), published, self._word_on(published)).as_dict()

    def authorities(self, name: str) -> list[dict[str, Any]]:
        """The embedded CA's certificates in force. Raises Refused."""
        return ca_view(self._control, self._node, name)

    def rotate_authority(
        self,
        name: str,
        lead: timedelta,
        overlap: timedelta | None,
        demand: Demand[list[dict[str, Any]]] = nothing_demanded,
    ) -> dict[str, Any]:
        """Raises Refused. `overlap`: how long the CA before is trusted still; None: not at all, nor is anything
        waited for.
        """
        with self._turn:
            demand(self.authorities(name))
            if overlap is None:
                published = self._cas.replace(name)
            else:
                published = self._cas.begin(name, lead=lead, overlap=overlap)
            current = self._rollout.current_manifest()
        if published is None and current is not None:
            published = Published(current["revision"], changed=False)
        return ApplyReport(Assessed(), published, self._word_on(published)).as_dict()

    def catch_up(self) -> int | None:
        """Publishes again what is live where gateways elsewhere had higher revisions; the new number."""
        with self._turn:
            published = self._rollout.catch_up()
        return None if published is None else published.revision

    def go_on_rotating(self) -> None:
        """What is due of a rotation that was begun."""
        with self._turn:
            self._cas.go_on()

    def note_key_uses(self, uses: Mapping[str, int]) -> None:
        """Of the local gateway, which serves every ring. Raises Refused."""
        self._control.keys.note_uses(uses, _RINGS)

    def tidy(self) -> None:
        """What is due now and then: certificates that end soon, keys and identities that ended."""
        with self._turn:
            self._rollout.renew_certificates()
            self._rollout.retire_signing_keys()
        self._control.identities.forget_expired()
        self._control.receipts.forget_old()
        self._control.handovers.forget_old()
        self._control.people.forget_old()
        self._control.authorization.tidy()
        self._control.node.compact()

    def refresh_secrets(self) -> None:
        """What was set, rotated or removed reaches the gateway."""
        with self._turn:
            self._rollout.refresh_secrets()

    def seal_ledger(self) -> None:
        """Signs what was done since. Raises Refused when some of what was signed is gone."""
        self._control.ledger.seal()

    def refresh_operator_bundles(self) -> None:
        """Files of CAs that were replaced reach the gateway. Raises Refused."""
        with self._turn:
            self._rollout.refresh_operator_bundles()

    def demand_serving(self) -> None:
        """Raises Refused when no gateway serves anything: then nothing is ready."""
        failure = self._supervisor.failure()
        if failure is not None:
            raise Refused("gateway-not-serving", failure, "Mend that and start again.", status=503)

    def endpoints(
        self,
        admin: AdminEndpoint,
        nodes: str | None = None,
        documentation: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> Endpoints:
        """Where everything is; `documentation` is the URL each documented ring is served at, `authorization` that of
        the authorization server here. Raises Refused while nothing is published.
        """
        manifest = self._rollout.current_manifest()
        if manifest is None:
            help = "Mend the errors above and start again."
            raise Refused("nothing-published", "nothing of this estate can go live", help, status=409)
        read = documentation or {}
        rings = {
            name: ring_endpoint(
                ring, self._rollout.ca_file(name, manifest), self._rollout.pin(ring), read.get(name)
            )
            for name, ring in manifest["rings"].items()
        }
        served = read_status(self._node.status)
        gateway = GatewayEndpoint(pid=self.gateway_pid, revision=None if served is None else served.revision)
        metrics = _metrics_listener(manifest)
        url = None if metrics is None else f"http://{metrics}/metrics"
        return Endpoints(
            rings=rings, admin=admin, gateway=gateway, nodes=nodes, metrics=url, authorization=authorization
        )

    def stop(self, *, leave_gateway: bool) -> None:
        """Closes the store, and ends the gateway or leaves it to the control plane after this one."""
        if self._supervised:
            self._supervisor.stop(leave_gateway=leave_gateway)
        elif not leave_gateway:
            self._supervisor.end_running()
        self._mocks.stop()
        self._control.close()

    def _newest(self) -> Revision | None:
        return next(iter(self._control.revisions.latest(1)), None)

    def _counted(self, report: ApplyReport) -> ApplyReport:
        self._applications[report.outcome] += 1
        return report

    def _publish(self, estate: Path, assessed: Assessed, intent: Intent) -> Published:
        self.demand_environment(intent.environment)
        listening = self._on_its_listeners(intent)
        elsewhere = dict(zip(declared_in(intent), declared_in(listening), strict=True))
        listening, mocks = self._mocks.place(listening, assessed.mocks)
        elsewhere |= mocks
        published = self._rollout.publish(
            listening,
            prove=self._rollout.proving(estate, intent.environment, assessed.broken, elsewhere),
            note=str(estate.absolute()),
            snapshot=assessed.snapshot,
            parts=assessed.parts,
            contracts=assessed.contracts,
        )
        self._supervise()
        return published

    def _on_its_listeners(self, intent: Intent) -> Intent:
        """On free ports where asked; else an address that somebody uses is said before anything changes."""
        ours, held = self.is_serving, frozenset().union(*self._held.values())
        server = intent.authorization
        if server is not None and server.listen not in held:
            require_free([server.listen])  # also with free ports: its issuer is in every token
        if self._free_ports:
            return FreePorts(self._control.directory.ports).replace_in(intent, keep=ours)
        manifest = self._rollout.current_manifest() if ours else None
        bound = set() if manifest is None else {*_listeners(manifest), _metrics_listener(manifest)}
        bound |= held
        require_free(address for address in declared_in(intent) if address not in bound)
        return intent

    def _can_listen(self, listeners: list[str]) -> bool:
        if self.is_serving:
            return True
        try:
            require_free(listeners)
        except Refused:
            return False
        return True

    def _supervise(self) -> None:
        if not self._supervised:
            self._supervised = True
            self._supervisor.start()

    def _word_on(self, published: Published | None) -> Acknowledged | None:
        if published is None:
            return None
        word = wait_for_word(
            self._node.status, published.revision, timeout=_WORD_SECONDS, witness=self._supervisor
        )
        if published.changed:
            with self._turn:
                self._rollout.prune()
        return word


def _metrics_listener(manifest: dict[str, Any]) -> str | None:
    """Where gateways are asked for metrics; None: nowhere."""
    metrics = manifest.get("observability", {}).get("metrics")
    return None if metrics is None else str(metrics["listen"])


def _listeners(manifest: dict[str, Any]) -> list[str]:
    rings: Iterable[dict[str, Any]] = manifest["rings"].values()
    return [address for ring in rings for address in ring["listeners"]]

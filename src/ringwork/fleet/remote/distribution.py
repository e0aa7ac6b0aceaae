"""The control plane's side: what each enrolled gateway is told. Knows no transport.

A node gets the data of its rings only: their part of the manifest, the objects that names, and the identity
changes of credentials for these rings. A node of the outer rings never holds a hash of an inner credential.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from ringwork.bundle.publish import Publication
from ringwork.control.authority import NODES, Authority
from ringwork.control.changes import LogExtent
from ringwork.control.control import Control
from ringwork.control.node_records import Place, RemoteNode
from ringwork.control.nodes import Recognised
from ringwork.control.records.model import Batch
from ringwork.control.server_certificates import LIFETIME
from ringwork.fleet.certification import authority_of, is_issued
from ringwork.fleet.issuers.keys_file import addresses_of, key_sets_hash, read_key_sets
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.node_view import NodeView, NodeViews, PartForNode
from ringwork.fleet.secrets import known_values, secrets_of, values_hash
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.refusal import Refused
from ringwork.kernel.stamps import Stamp, stamp_of

Trusted = Callable[[], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Tip:
    """Changes whenever any node could be told something new."""

    manifest: str | None
    epoch: str
    newest: int
    issuer_keys: Stamp | None = None


class Distribution:
    """`trusted` gives the Ed25519 keys manifests may be signed with, 32 bytes each; `issuer_keys` is the file of the
    node beside the control plane.
    """

    def __init__(
        self,
        control: Control,
        publication: Publication,
        *,
        part_for_node: PartForNode,
        trusted: Trusted,
        issuer_keys: Path,
    ) -> None:
        self._control = control
        self._publication = publication
        self._views = NodeViews(publication, part_for_node)
        self._trusted = trusted
        self._issuer_keys = issuer_keys

    def tip(self) -> Tip:
        extent, current = self._control.changes.extent(), self._publication.current()
        manifest = None if current is None else current.manifest
        return Tip(manifest, extent.epoch, extent.newest, stamp_of(self._issuer_keys))

    def recognised(self, certificate: x509.Certificate) -> Recognised:
        """Raises Refused."""
        return self._control.nodes.recognised(certificate)

    @property
    def ca_pem(self) -> str:
        """What nodes are known by, and know the control plane by: the CA that issues first."""
        return _ca_pem(self._control.authority(NODES))

    @property
    def issuing_ca_pem(self) -> str:
        """What a token pins."""
        return self._control.authority(NODES).certificate_pem.decode()

    def enrol(self, request: protocol.EnrolRequest) -> protocol.EnrolAnswer:
        """Raises Refused."""
        spoken = protocol.agreed_protocol(request.protocols)
        node, certified = self._control.nodes.enrol(request.secret, public_key_of(request.csr_pem))
        return protocol.EnrolAnswer(
            protocol=spoken,
            name=node.place.name,
            rings=list(node.place.rings),
            certificate_pem=certified.certificate_pem.decode(),
            ca_pem=self.ca_pem,
            trust=self._trust(),
        )

    def sync(self, who: Recognised, request: protocol.SyncRequest) -> tuple[protocol.SyncAnswer, bool]:
        """What the node is to have now, and whether any of it is news to it. Raises Refused."""
        spoken = protocol.agreed_protocol(request.protocols)
        node = who.node
        view, identity = self._views.current(node.place), self._identity(node.place, request.identity)
        answer = protocol.SyncAnswer(
            protocol=spoken,
            current=_current(view),
            identity=identity,
            trust=self._trust(),
            ca_pem=_ca_pem(who.authority),
            authorities=self._authorities(view),
            secrets={} if request.secrets is None else self._secrets(view),
            key_sets={} if request.key_sets is None else self._key_sets(view),
        )
        manifest = None if view is None else view.pointer.manifest
        news = manifest != request.manifest or answer.trust != request.trust
        news |= request.secrets not in (None, values_hash(answer.secrets))
        news |= request.ca not in (None, protocol.pem_hash(answer.ca_pem))
        news |= request.key_sets not in (None, key_sets_hash(answer.key_sets))
        news |= request.authorities not in (None, protocol.fingerprints(answer.authorities))
        return answer, news or identity.reset or identity.more or bool(identity.changes)

    @contextmanager
    def standing(self, node: RemoteNode) -> Iterator[Iterator[str]]:
        """Lines of what holds for the node's rings, as of one moment: a `StandingHead`, then changes."""
        with self._control.changes.standing(node.place.rings) as standing:
            head = protocol.StandingHead(epoch=_epoch(standing.epoch, node.place), seq=standing.seq)
            yield chain((head.model_dump_json(),), standing.changes)

    def manifest(self, node: RemoteNode, name: str) -> bytes:
        """Raises Refused for any but the node's current one."""
        view = self._view(node)
        if view.pointer.manifest != name:
            raise _superseded()
        return view.signed

    def objects(self, node: RemoteNode, request: protocol.ObjectsRequest) -> protocol.ObjectsAnswer:
        """Raises Refused when one is not the node's to have."""
        view = self._view(node)
        if not view.objects.issuperset(request.names):
            raise _superseded()
        found: dict[str, str] = {}
        size = 0
        for name in request.names:
            data = self._publication.object(name)
            size += len(data)
            if found and size > protocol.MAX_OBJECTS_BYTES:
                break
            found[name] = data.decode()
        return protocol.ObjectsAnswer(objects=found)

    def certificate(
        self, who: Recognised, request: protocol.CertificateRequest
    ) -> protocol.CertificateAnswer:
        """The node's own certificate anew, or one for a listener of its rings. Raises Refused."""
        key = public_key_of(request.csr_pem)
        if request.ring is None:
            renewed = self._control.nodes.renew(who, key)
            return protocol.CertificateAnswer(certificate_pem=renewed.certificate_pem.decode())
        ring = self._view(who.node).payload["rings"].get(request.ring)
        if ring is None or not is_issued(ring, request.ring):
            raise Refused("ring-unknown", "no certificate is issued for this ring", "Ask again.", status=404)
        authority = self._control.authority(authority_of(request.ring))
        certified = authority.certify_server(sorted(set(ring["hosts"])), key, LIFETIME)
        chain = certified.certificate_pem + authority.certificate_pem
        return protocol.CertificateAnswer(certificate_pem=chain.decode())

    def hear(self, node: RemoteNode, report: protocol.Report) -> None:
        self._control.nodes.hear(node, report.model_dump(exclude={"used"}))
        if report.used:
            self._control.keys.note_uses(report.used, node.place.rings)

    def positions(self, node: RemoteNode, request: protocol.PositionsRequest) -> protocol.PositionsAnswer:
        """How far the node's journal is in the ledger."""
        found = self._control.records.positions(_journal_of(node), request.runs)
        return protocol.PositionsAnswer(positions=dict(found))

    def take_writes(self, node: RemoteNode, request: protocol.WritesRequest) -> protocol.WritesAnswer:
        """What the node's journal tells goes into the ledger, once. Raises Refused: it tells of others' rings."""
        batch = Batch(request.run, request.begin, request.end, tuple(request.told))
        position = self._control.records.take(_journal_of(node), batch, node.place.rings)
        return protocol.WritesAnswer(position=position)

    def _identity(self, place: Place, known: protocol.IdentityPosition) -> protocol.IdentityPart:
        """The next changes for the node's rings. Its number goes on over changes of other rings as well."""

        def goes_on(extent: LogExtent) -> bool:
            return known.epoch == _epoch(extent.epoch, place) and extent.continues(known.seq)

        extent, changes = self._control.changes.part(
            lambda extent: known.seq if goes_on(extent) else 0,
            limit=protocol.MAX_CHANGES,
            rings=place.rings,
        )
        more = len(changes) == protocol.MAX_CHANGES
        return protocol.IdentityPart(
            epoch=_epoch(extent.epoch, place),
            seq=changes[-1].seq if more else extent.newest,
            reset=not goes_on(extent),
            more=more,
            changes=[logged.change for logged in changes],
        )

    def _view(self, node: RemoteNode) -> NodeView:
        view = self._views.current(node.place)
        if view is None:
            raise _superseded()
        return view

    def _secrets(self, view: NodeView | None) -> dict[str, str]:
        """Of the node's rings only: its part of the manifest names no others."""
        references = set() if view is None else secrets_of(view.payload)
        return known_values(self._control.secrets, references, {})

    def _key_sets(self, view: NodeView | None) -> dict[str, Any]:
        """Of the issuers the node's rings accept."""
        needed = frozenset() if view is None else addresses_of(view.payload)
        there = read_key_sets(self._issuer_keys)
        return {uri: keys for uri, keys in there.items() if uri in needed}

    def _trust(self) -> list[str]:
        return [key.hex() for key in self._trusted()]

    def _authorities(self, view: NodeView | None) -> dict[str, str]:
        rings = {} if view is None else view.payload["rings"]
        return {
            name: self._control.authority(authority_of(name)).certificate_pem.decode()
            for name, ring in rings.items()
            if is_issued(ring, name)
        }


def _ca_pem(authority: Authority) -> str:
    return authority.bundle_pem.decode()


def _journal_of(node: RemoteNode) -> str:
    return node.place.name


def public_key_of(csr_pem: str) -> ec.EllipticCurvePublicKey:
    """The P-256 key whose holder signed the request (RFC 2986). Raises Refused."""
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode())
        key = request.public_key()
        if (
            isinstance(key, ec.EllipticCurvePublicKey)
            and isinstance(key.curve, ec.SECP256R1)
            and request.is_signature_valid
        ):
            return key
    except ValueError:
        pass
    raise Refused("csr-malformed", "no PKCS #10 request of a P-256 key", "Upgrade the gateway.")


def _epoch(log: str, place: Place) -> str:
    """A copy for other rings is another copy."""
    return content_hash(f"{log} {sorted(place.rings)}".encode())


def _current(view: NodeView | None) -> protocol.CurrentRevision | None:
    if view is None:
        return None
    return protocol.CurrentRevision(revision=view.pointer.revision, manifest=view.pointer.manifest)


def _superseded() -> Refused:
    help = "Ask for the current revision again."
    return Refused("revision-superseded", "this is not of the node's current revision", help, status=404)

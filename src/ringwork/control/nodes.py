"""Gateways elsewhere: invited, enrolled, certified, revoked. Who they are; what they serve is the fleet's."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ringwork.audience import Audience
from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.enrolment_token import EnrolmentToken
from ringwork.control.node_records import Enrolment, NodeStore, Place, RemoteNode
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from ringwork.control.authority import Authority, Certified

LONGEST_INVITATION = timedelta(days=7)
CERTIFICATE_LIFETIME = timedelta(days=30)
MAX_NODES = 1000
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# A node that never got the answer to its renewal still has the certificate before.
_CERTIFICATES_VALID = 2
_URI = "urn:ringwork:node:"


_ADDRESS = re.compile(r"[^\s,]+:([1-9][0-9]{0,4})")
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Invited:
    token: EnrolmentToken
    enrolment: Enrolment


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who asks, and the CA as it was when it vouched for them: what follows from it is that CA's, not a later one's."""

    node: RemoteNode
    authority: Authority


class Nodes:
    def __init__(self, store: NodeStore, *, authority: Callable[[], Authority], clock: Clock) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock

    def prepare(self, place: Place, lifetime: timedelta) -> Invited:
        """A token that enrols one gateway, once, as soon as it is kept. Raises Refused."""
        _check(place)
        if len(self._store.all()) >= MAX_NODES:
            raise Refused("nodes-too-many", f"there are {MAX_NODES} gateways", "Revoke some.", status=409)
        token = EnrolmentToken(
            place.name, place.rings, self._authority().fingerprint, secrets.token_urlsafe(32)
        )
        sha256 = content_hash(token.secret.encode())
        return Invited(token, Enrolment(sha256, place, self._now() + lifetime))

    def keep(self, invited: Invited) -> None:
        """From now on the token works, and one before for the same gateway does not."""
        self._store.invite(invited.enrolment, self._now())

    def invite(self, place: Place, lifetime: timedelta) -> Invited:
        """Prepared and kept. Raises Refused."""
        invited = self.prepare(place, lifetime)
        self.keep(invited)
        return invited

    def enrol(self, secret: str, public_key: ec.EllipticCurvePublicKey) -> tuple[RemoteNode, Certified]:
        """Uses an invitation up: the node, and the certificate it shows from now on. Raises Refused."""
        sha256, now = content_hash(secret.encode()), self._now()
        invitation = self._store.invitation(sha256)
        if invitation is None or invitation.used_at is not None or invitation.expires_at <= now:
            raise _void()
        certified = _certified(self._authority(), invitation.place.name, public_key)
        node = RemoteNode(invitation.place, (certified.serial,), now)
        if not self._store.admit(sha256, node):
            raise _void()
        return node, certified

    def renew(self, who: Recognised, public_key: ec.EllipticCurvePublicKey) -> Certified:
        """Issued by the CA that vouched: another that took its place since never heard of who asks."""
        node = who.node
        certified = _certified(who.authority, node.place.name, public_key)
        newest = (*node.serials, certified.serial)[-_CERTIFICATES_VALID:]
        self._store.certify(node.place.name, newest, self._now())
        return certified

    def recognised(self, certificate: x509.Certificate) -> Recognised:
        """The node that holds this certificate of the node CA. Raises Refused.

        Asked about at each request: a connection is kept, and the trust it began with may have ended. Unknown is not
        revoked: a control plane that lost its memory must not end the gateways it had.
        """
        authority = self._authority()
        uri = authority.client(certificate)
        if uri is None or not uri.startswith(_URI):
            raise _not_admitted("node-untrusted", "the certificate is of no CA that is trusted now")
        name = uri.removeprefix(_URI)
        node = self._store.find(name)
        if node is None or f"{certificate.serial_number:x}" not in node.serials:
            raise _not_admitted("node-unknown", f'the gateway "{name}" is not enrolled with this certificate')
        if node.revoked_at is not None:
            raise _not_admitted("node-revoked", f'the gateway "{name}" was revoked')
        return Recognised(node, authority)

    def hear(self, node: RemoteNode, said: Mapping[str, Any]) -> None:
        self._store.hear(node.place.name, self._now(), said)

    def demand(self, name: str) -> RemoteNode:
        """Raises Refused when there is none."""
        node = self._store.find(name)
        if node is None:
            known = ", ".join(each.place.name for each in self._store.all()) or "none"
            raise Refused(
                "node-unknown", f'there is no gateway "{name}"', f"Enrolled are: {known}.", status=404
            )
        return node

    def revoke(self, name: str, demand: Demand[RemoteNode] = nothing_demanded) -> RemoteNode:
        """Ends a node's access; it learns so at its next word and ends. Raises Refused."""
        node = self.demand(name)
        demand(node)
        if node.revoked_at is not None:
            return node
        now = self._now()
        self._store.revoke(name, now)
        return replace(node, revoked_at=now)

    def list(self) -> list[RemoteNode]:
        return self._store.all()

    def page(self, *, limit: int, after: str = "") -> Sequence[RemoteNode]:
        """By name."""
        return [node for node in self._store.all() if node.place.name > after][:limit]

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _certified(authority: Authority, name: str, public_key: ec.EllipticCurvePublicKey) -> Certified:
    return authority.certify_client(_URI + name, public_key, CERTIFICATE_LIFETIME)


def _check(place: Place) -> None:
    if _NAME.fullmatch(place.name) is None:
        help = "Use lower-case letters, digits and '-'."
        raise Refused("node-malformed", f'"{place.name}" is no name for a gateway', help)
    known = {audience.label for audience in Audience}
    if not place.rings or not known.issuperset(place.rings):
        raise Refused("ring-unknown", "a gateway serves rings", f"Name some of: {', '.join(sorted(known))}.")
    if not set(place.rings).issuperset(place.listeners):
        help = "--listen RING=ADDRESS goes with --ring RING."
        raise Refused("listener-foreign", "an address for a ring the gateway does not serve", help)
    for address in (each for addresses in place.listeners.values() for each in addresses):
        found = _ADDRESS.fullmatch(address)
        if found is None or int(found[1]) > _LARGEST_PORT:
            raise Refused("listen-malformed", f'"{address}" names no listener', "Write public=0.0.0.0:8443.")


def _not_admitted(code: str, message: str) -> Refused:
    help = "Enrol it anew: `ringwork gateway enrol` on the control plane prints a token."
    return Refused(code, message, help, status=403)


def _void() -> Refused:
    """One answer for unknown, used and expired: nobody learns which secrets there were."""
    return Refused(
        "enrolment-void",
        "this token enrols nobody: it was used, replaced, or has expired",
        "Get another: `ringwork gateway enrol` on the control plane.",
        status=403,
    )

"""What arrives at a node becomes its node directory: verified, whole, and in the order that survives a crash.

Objects, manifest, certificates, secrets, pointer: the gateway beside it reads the same files as one beside the control
plane, verifies them once more, and has the last word.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any

from ringwork.bundle.publish import Pointer, Publication, read_pointer
from ringwork.bundle.references import referenced_objects
from ringwork.bundle.signing import manifest_payload
from ringwork.control.server_certificates import chain_issuer, ensure_server_certificate, public_key_pin
from ringwork.fleet.certification import is_issued
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.issuers.keys_file import addresses_of, key_sets_hash, read_key_sets, write_key_sets
from ringwork.fleet.remote.identity_copy import IdentityCopy
from ringwork.fleet.remote.link import Link, demand_hash
from ringwork.fleet.remote.protocol import CurrentRevision, IdentityPart, SyncAnswer
from ringwork.fleet.remote.requests import RemoteIssuer
from ringwork.fleet.remote.trust import verified_manifest
from ringwork.fleet.secrets import read_values, secrets_of, values_hash, write_values
from ringwork.kernel.clock import Clock

# Manifests kept beside the one in force: the gateway may still be reading the one before.
_KEPT = 3


class Intake:
    """For one thread. `rings`: what the node is enrolled for, and nothing else is let in."""

    def __init__(self, node: NodeDirectory, rings: Collection[str], clock: Clock) -> None:
        self._node = node
        self._rings = rings
        self._clock = clock
        self._publication = Publication(node.published)
        self._recent: deque[str] = deque(maxlen=_KEPT)
        self.identity = IdentityCopy(node.identity)

    def manifest(self) -> str | None:
        """Content hash of the manifest the node has, whole; None: it is to be sent."""
        current = self._publication.current()
        return None if current is None else current.manifest

    def secrets(self) -> str:
        """`values_hash` of the secrets the node has for the revision in force."""
        current = self.manifest()
        references = set() if current is None else secrets_of(self._manifest_payload(current))
        there = read_values(self._node.secrets)
        return values_hash({name: value for name, value in there.items() if name in references})

    def key_sets(self) -> str:
        """`key_sets_hash` of the issuers' keys the node has for the revision in force."""
        current = self.manifest()
        needed = frozenset() if current is None else addresses_of(self._manifest_payload(current))
        there = read_key_sets(self._node.issuer_keys)
        return key_sets_hash({uri: keys for uri, keys in there.items() if uri in needed})

    def trusted(self) -> list[str]:
        """Keys a manifest may be signed with, hex."""
        return self._node.trusted()

    def authorities(self) -> dict[str, str]:
        """Ring → SHA-256 of the CA its listener's certificate is of, where the control plane issued it."""
        current = self.manifest()
        rings = {} if current is None else self._manifest_payload(current)["rings"]
        found = {}
        for name, ring in rings.items():
            if is_issued(ring, name) and (issuer := chain_issuer(self._node.tls(name))) is not None:
                found[name] = issuer
        return found

    def can_start(self) -> bool:
        """Whether there is a revision a gateway could begin with."""
        return self.manifest() is not None or read_pointer(self._node.accepted) is not None

    def mend(self) -> None:
        """Forgets a revision that is damaged, so that it is fetched anew; the gateway would refuse it anyway."""
        current = self._publication.current()
        if current is not None and not self._publication.is_whole(current.manifest):
            self._publication.forget_current()

    def take(self, answer: SyncAnswer, link: Link) -> None:
        """Identity data first: nothing is served without it. Raises Refused; what was there stays in force."""
        self._node.trust([bytes.fromhex(key) for key in answer.trust])
        self._take_identity(answer.identity, link)
        if answer.current is None or answer.identity.more:
            return
        payload = self._payload(answer.current, link)
        self._certify(payload, answer.authorities, link)
        is_new = answer.current.manifest != self.manifest()
        # Secrets of the revision before stay for its last requests, until the control plane speaks again.
        before = read_values(self._node.secrets) if is_new else {}
        write_values(self._node.secrets, before | answer.secrets)
        known = read_key_sets(self._node.issuer_keys) if is_new else {}
        write_key_sets(self._node.issuer_keys, known | answer.key_sets)
        if is_new:
            self._publication.point_to(Pointer(answer.current.revision, answer.current.manifest))
            self._prune(answer.current.manifest)

    def _take_identity(self, part: IdentityPart, link: Link) -> None:
        """Of much that is all new, what holds; else the changes, one part after the other."""
        if part.reset and part.more:
            with link.standing() as standing:
                if standing is not None:
                    self.identity.begin_anew(standing)
                    return
        self.identity.take(part)

    def pins(self) -> dict[str, str]:
        """Ring → public key its listener shows here."""
        found = {}
        for ring in self._rings:
            try:
                found[ring] = public_key_pin((self._node.tls(ring) / "cert.pem").read_bytes())
            except (OSError, ValueError):
                continue
        return found

    def newest(self) -> int:
        """The highest revision this node ever had; 0: none."""
        pointers = (self._publication.current(), read_pointer(self._node.accepted))
        return max((pointer.revision for pointer in pointers if pointer is not None), default=0)

    def _payload(self, current: CurrentRevision, link: Link) -> dict[str, Any]:
        """Of the revision to be in force, with everything it names on disk."""
        if current.manifest == self.manifest():
            return self._manifest_payload(current.manifest)
        signed = link.manifest(current.manifest)
        demand_hash(signed, current.manifest)
        payload = verified_manifest(
            signed,
            trusted=self._node.trusted(),
            rings=self._rings,
            revision=current.revision,
            served=self.newest(),
        )
        self._fetch_objects(payload, link)
        self._publication.write({}, signed)
        return payload

    def _manifest_payload(self, manifest: str) -> dict[str, Any]:
        return manifest_payload(self._publication.manifest(manifest))

    def _fetch_objects(self, payload: dict[str, Any], link: Link) -> None:
        named = {name for ring in payload["rings"].values() for name in referenced_objects(ring)}
        missing = sorted(name for name in named if not self._publication.holds(name))
        while missing:
            found = link.objects(missing)
            self._publication.heal(found)
            missing = [name for name in missing if name not in found]

    def _certify(self, payload: dict[str, Any], authorities: dict[str, str], link: Link) -> None:
        for name, ring in payload["rings"].items():
            if name in authorities and is_issued(ring, name):
                issuer = RemoteIssuer(link, name, authorities[name])
                ensure_server_certificate(self._node.tls(name), ring["hosts"], issuer, self._clock)

    def _prune(self, newest: str) -> None:
        self._recent.append(newest)
        accepted = read_pointer(self._node.accepted)
        self._publication.prune([*self._recent, *([] if accepted is None else [accepted.manifest])])

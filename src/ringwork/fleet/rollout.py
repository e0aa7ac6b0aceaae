"""A revision on its way to the gateway: compiled, proven, signed, on disk, on record, current.

In this order, so that whatever a crash leaves is complete or unused: objects, manifest, sources,
certificates, secrets, the revision's row, the pointer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ringwork import __version__
from ringwork.bundle.compile import Compiled, Material, Memo, compile_intent
from ringwork.bundle.compile.compiler import content_of
from ringwork.bundle.prove import Emitted, Proof, Seal, Unproven, prove_again, prove_part
from ringwork.bundle.publish import KEPT_REVISIONS, Pointer, Publication, read_pointer
from ringwork.bundle.signing import is_signed_by, shared_payload
from ringwork.control.contracts import Contracts
from ringwork.control.control import Control
from ringwork.control.manifest_keys import ManifestKeys
from ringwork.control.model import Agreed, Revision
from ringwork.control.server_certificates import ensure_server_certificate, public_key_pin
from ringwork.fleet.certification import authority_of, is_issued
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.operator_bundles import OperatorBundles
from ringwork.fleet.proving import Broken, Prove, Proving
from ringwork.fleet.remote.views import newest_revision
from ringwork.fleet.secrets import NodeSecrets, secrets_of
from ringwork.fleet.trust import material, operator_bundles_of, provers_trust, with_trust_of
from ringwork.intent.authorization import authorization_terms
from ringwork.intent.model import Intent
from ringwork.kernel.cache import FileCache
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.clock import rfc3339
from ringwork.kernel.files import PRIVATE_FILE, rewrite
from ringwork.kernel.refusal import Refused

# Revisions a control plane made since the backup it was restored from. A gateway that claims more is broken.
_MOST_AHEAD = 1_000_000


@dataclass(frozen=True, slots=True)
class Published:
    """`changed` False: the estate says what is live already, so there is no new revision."""

    revision: int
    changed: bool


class Rollout:
    """Not for two threads at once: whoever holds the state's lock holds one of these."""

    def __init__(self, control: Control, node: NodeDirectory) -> None:
        self._control = control
        self._node = node
        self._publication = Publication(node.published)
        self._keys = ManifestKeys(control.directory)
        self._seal = Seal(lambda: self._keys.current)
        self._memo = Memo(FileCache(control.directory.cache / "compiled"))
        self._proving = Proving(
            self._publication, self.trusted, FileCache(control.directory.cache / "proven")
        )
        self._operator_bundles = OperatorBundles()
        self._secrets = NodeSecrets(node.secrets, control.secrets)
        node.trust(self.trusted())

    def part_for_node(
        self, manifest: bytes, rings: Sequence[str], listeners: Mapping[str, Sequence[str]]
    ) -> bytes:
        """Of a signed manifest what a node of these rings gets, signed like the whole. Raises Refused."""
        try:
            return self._seal.sign(prove_part(manifest, self.trusted(), rings, listeners))
        except Unproven as error:
            raise _not_proven(error) from None

    def proving(self, estate: Path, environment: str, broken: Broken, listening: Mapping[str, str]) -> Prove:
        """What is published of `estate` is proven against it. `listening`: declared listener → where it is instead."""
        return self._proving.against(estate, environment, broken, listening)

    def trusted(self) -> list[bytes]:
        """The Ed25519 keys gateways trust, 32 bytes each."""
        return self._keys.trusted()

    def publish(
        self,
        intent: Intent,
        *,
        prove: Prove,
        note: str,
        snapshot: Mapping[str, Any],
        parts: Mapping[str, bytes],
        contracts: Contracts | None = None,
    ) -> Published:
        """Makes `intent` the current revision, unless it is. `snapshot` with its `parts` is what it exposes,
        `contracts` what its APIs were made of; both are kept beside it. What the current revision has lost on disk is
        written anew, and a new revision of the same content has the gateway look again. Raises
        Unproven: then nothing changes.
        """
        now = self._control.clock().replace(microsecond=0)
        number = self._next_number()
        trust = self._trust(intent)
        compiled = compile_intent(intent, revision=number, created_at=now, material=trust, memo=self._memo)
        proof = prove(Emitted(compiled.manifest, compiled.objects), provers_trust(trust))
        live = self._live()
        documented = self._with_standing(intent, contracts, live)
        agreed = agreed_by(intent)
        same = live is not None and live.content == compiled.content and self._is_whole(live)
        same = same and live is not None and _told_to_nobody(live.agreed) == _told_to_nobody(agreed)
        if live is not None and same and not self._publication.heal(compiled.objects):
            self._keep_sources(live.number, compiled, snapshot, parts, documented)
            self._tell_exposure(live.number)
            self.renew_certificates()
            return Published(live.number, changed=False)
        manifest = self._sign_and_write(compiled.objects, proof)
        self._keep_sources(number, compiled, snapshot, parts, documented)
        self._make_current(Revision(number, now, compiled.content, manifest, note, agreed))
        return Published(number, changed=True)

    def roll_back(self, number: int) -> Published:
        """A new revision with the content of an old one. Raises Refused when it is not kept."""
        old = self._control.revisions.find(number)
        payload = None if old is None else self._payload(old.manifest)
        if old is None or payload is None:
            raise Refused(
                "revision-unknown",
                f"revision {number} is not kept",
                f"`ringwork revisions` shows those one can go back to (the last {KEPT_REVISIONS}).",
                status=404,
            )
        return self._again(old, payload, note=f"rollback to {number}")

    def signing_key_view(self) -> dict[str, Any]:
        """The key manifests are signed with, and those trusted until their time is over, plain data."""
        before = sorted(self._keys.previous().items())
        return {
            "public_key": self._keys.trusted()[0].hex(),
            "previous": [{"public_key": key, "trusted_until": rfc3339(until)} for key, until in before],
        }

    def rotate_signing_key(self, overlap: timedelta | None) -> Published | None:
        """Another signing key, trusted everywhere before the first manifest signed with it; the one before is
        trusted for `overlap` (None: no longer). Gives the revision signed anew, if there is one. Raises Refused.
        """
        now = self._control.clock()
        self._keys.rotate(trusted_until=None if overlap is None else now + overlap)
        self._node.trust(self.trusted())
        return self._sign_again()

    def refresh_operator_bundles(self) -> None:
        """Takes over files of CAs that were replaced. Raises Refused, once, for one that cannot be used."""
        if self._operator_bundles.changed():
            self.refresh_trust()
            self._operator_bundles.demand_usable()

    def refresh_trust(self) -> Published | None:
        """Publishes what is live with the trust there is now, if it says another; None if it does not."""
        live, payload = self._live_with_payload()
        return self._again(live, payload) if live and self._trusting(payload) != payload else None

    def catch_up(self) -> Published | None:
        """Publishes what is live under a number above all that gateways elsewhere had, if they are ahead: the control
        plane was restored from an old backup.
        """
        live = self._live()
        behind = live is not None and self._newest_elsewhere(live.number) > live.number
        return self._sign_again() if behind else None

    def retire_signing_keys(self) -> None:
        """Ends the trust in keys whose time is over; what is live is signed with the one in use first."""
        current = self._publication.current()
        if current is not None and not self._is_signed_now(current.manifest):
            self._sign_again()
        if self._keys.retire(self._control.clock()):
            self._node.trust(self.trusted())

    def _sign_again(self) -> Published | None:
        live, payload = self._live_with_payload()
        return self._again(live, payload) if live else None

    def _again(self, old: Revision, payload: dict[str, Any], *, note: str | None = None) -> Published:
        """What `old` was, under a new number, with the trust there is now: going back must not bring back a CA."""
        now, new = self._control.clock().replace(microsecond=0), self._next_number()
        written = {"revision": new, "created_at": rfc3339(now), "control_version": __version__}
        trust = self._trust_for(payload)
        trusting = with_trust_of(trust, payload)
        before = self._publication.manifest(old.manifest)
        try:
            proof = prove_again(before, old.content, trusting | written, provers_trust(trust))
        except Unproven as error:
            raise _not_proven(error) from None
        manifest = self._sign_and_write({}, proof)
        self._control.sources.copy(old.number, to=new)
        content = content_of(trusting)
        self._make_current(Revision(new, now, content, manifest, note or old.note, old.agreed))
        return Published(new, changed=True)

    def _trusting(self, payload: dict[str, Any]) -> dict[str, Any]:
        return with_trust_of(self._trust_for(payload), payload)

    def _trust_for(self, payload: dict[str, Any]) -> Material:
        """The keys there are now, for a manifest that was compiled before."""
        operators = self._operator_bundles.read(operator_bundles_of(payload))
        return material(self._control, payload["trust_domain"], operators)

    def _trust(self, intent: Intent) -> Material:
        """Raises Refused when a file of CAs was lost since the estate was judged."""
        files = [ring.trust_bundle for ring in intent.rings if ring.trust_bundle is not None]
        operators = self._operator_bundles.read(files)
        if len(operators) < len(set(files)):
            self._operator_bundles.demand_usable()
        return material(self._control, intent.trust_domain, operators)

    def _is_signed_now(self, manifest: str) -> bool:
        """Whether the key in use signed it."""
        try:
            return is_signed_by(self._publication.manifest(manifest), self.trusted()[:1])
        except FileNotFoundError:
            return True  # damaged: not a matter of keys

    def recover(self) -> None:
        """Finishes a publication that was cut short between its record and the pointer."""
        latest, current = self._latest(), self._publication.current()
        if latest is None:
            return
        if current is None or current.revision < latest.number:
            self._publication.point_to(Pointer(latest.number, latest.manifest))
        self._tell_exposure(latest.number)
        manifest = self.current_manifest()
        if manifest is not None:
            self._secrets.provide(secrets_of(manifest))

    def refresh_secrets(self) -> None:
        """Brings what was set, rotated or removed to the gateway."""
        self._secrets.refresh()

    @property
    def is_documented(self) -> bool:
        """Whether what is live has readers."""
        current = self._publication.current()
        return current is not None and self._control.sources.is_documented(current.revision)

    def current_manifest(self) -> dict[str, Any] | None:
        """The payload of the current manifest; None before the first revision."""
        current = self._publication.current()
        return None if current is None else self._payload(current.manifest)

    def renew_certificates(self) -> None:
        """Reissues listeners' certificates that end soon or name other hosts than the current manifest."""
        manifest = self.current_manifest()
        if manifest is not None:
            self._ensure_certificates(manifest)

    def ca_file(self, ring: str, manifest: dict[str, Any]) -> Path | None:
        """What to verify the ring's listener with; None where the operator brought the certificate."""
        if not is_issued(manifest["rings"][ring], ring):
            return None
        return self._control.directory.ca_certificate(authority_of(ring))

    def pin(self, ring: dict[str, Any]) -> str | None:
        """The public key the ring's listener shows; None while there is no readable certificate."""
        try:
            return public_key_pin((self._node.root / ring["tls"]["certificate_file"]).read_bytes())
        except (OSError, ValueError):
            return None

    def prune(self) -> None:
        """Forgets what the last revisions do not need; what the gateway serves stays whatever its age."""
        kept = self._control.revisions.manifests(KEPT_REVISIONS)
        pointers = (self._publication.current(), read_pointer(self._node.accepted))
        manifests = {*kept.values(), *(pointer.manifest for pointer in pointers if pointer is not None)}
        self._publication.prune(manifests)
        self._control.sources.prune(kept)

    def _make_current(self, revision: Revision) -> None:
        payload = self._payload(revision.manifest)
        assert payload is not None  # written a moment ago
        self._ensure_certificates(payload)
        self._secrets.provide(secrets_of(payload))
        self._control.revisions.add(revision)
        self._publication.point_to(Pointer(revision.number, revision.manifest))
        self._tell_exposure(revision.number)

    def _keep_sources(
        self,
        number: int,
        compiled: Compiled,
        snapshot: Mapping[str, Any],
        parts: Mapping[str, bytes],
        contracts: Contracts | None,
    ) -> None:
        """Places and texts may change where nothing else does: then they are those of the same revision."""
        written, estate = canonical_json(dict(snapshot)), compiled.sources
        self._control.sources.write(number, estate=estate, snapshot=written, parts=parts, contracts=contracts)

    def _with_standing(
        self, intent: Intent, given: Contracts | None, live: Revision | None
    ) -> Contracts | None:
        """What is broken in the estate keeps the contract it is live with."""
        if given is None:
            return None
        before = {} if live is None else self._control.sources.contracts(live.number)
        apis = before | dict(given.apis)
        return replace(given, apis={api.name: apis[api.name] for api in intent.apis if api.name in apis})

    def _tell_exposure(self, revision: int) -> None:
        written = self._control.sources.snapshot(revision)
        rewrite(self._control.directory.exposure, written or b"{}", mode=PRIVATE_FILE)

    def _sign_and_write(self, objects: Mapping[str, bytes], proof: Proof) -> str:
        return self._publication.write(objects, self._seal.sign(proof))

    def _is_whole(self, revision: Revision) -> bool:
        """Whether its manifest is there and what was written: a lost one is replaced by a new revision."""
        return self._payload(revision.manifest) is not None

    def _payload(self, manifest: str) -> dict[str, Any] | None:
        """None where the manifest is not kept, or damaged."""
        try:
            return shared_payload(self._publication.manifest(manifest))
        except FileNotFoundError:
            return None

    def _ensure_certificates(self, manifest: dict[str, Any]) -> None:
        for name, ring in manifest["rings"].items():
            if is_issued(ring, name):
                authority = self._control.authority(authority_of(name))
                ensure_server_certificate(self._node.tls(name), ring["hosts"], authority, self._control.clock)

    def _latest(self) -> Revision | None:
        return next(iter(self._control.revisions.latest(1)), None)

    def _live(self) -> Revision | None:
        """The newest revision, if the pointer leads to it."""
        latest, current = self._latest(), self._publication.current()
        return latest if latest and current and current.manifest == latest.manifest else None

    def _live_with_payload(self) -> tuple[Revision | None, dict[str, Any]]:
        """None where nothing is live, or its manifest is damaged."""
        live = self._live()
        payload = None if live is None else self._payload(live.manifest)
        return (None, {}) if payload is None else (live, payload)

    def _next_number(self) -> int:
        """Never falls, whatever was lost: above the record, the pointer, and what any gateway had."""
        latest = self._latest()
        pointers = (self._publication.current(), read_pointer(self._node.accepted))
        numbers = [pointer.revision for pointer in pointers if pointer is not None]
        known = max([0 if latest is None else latest.number, *numbers])
        return max(known, self._newest_elsewhere(known)) + 1

    def _newest_elsewhere(self, known: int) -> int:
        """The highest revision a gateway elsewhere had; 0: none. One far beyond `known` is not believed."""
        said = [newest_revision(node) for node in self._control.nodes.list() if node.revoked_at is None]
        return max((revision for revision in said if revision <= known + _MOST_AHEAD), default=0)


def _not_proven(error: Unproven) -> Refused:
    help = "What was published is not what was proven. Apply the estate again."
    return Refused("not-proven", str(error), help, status=409)


def agreed_by(intent: Intent) -> Agreed:
    """What credentials may refer to from this revision on."""
    return Agreed(
        organization=intent.organization,
        environment=intent.environment,
        trust_domain=intent.trust_domain,
        rings=tuple(ring.audience.label for ring in intent.rings if ring.api_key),
        plans=tuple(sorted(plan.name for plan in intent.plans)),
        partners=tuple(sorted(partner.name for partner in intent.partners)),
        versions={api.name: tuple(version.name for version in api.versions) for api in intent.apis},
        people=intent.people,
        authorization=authorization_terms(intent),
        by_path=tuple(sorted(api.name for api in intent.apis if api.versioning == "path")),
    )


def _told_to_nobody(agreed: Agreed) -> tuple[object, ...]:
    """What a revision says that no gateway is told of."""
    return agreed.people, agreed.authorization, agreed.by_path

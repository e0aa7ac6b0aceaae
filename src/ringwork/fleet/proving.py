"""The prover at work: what an application of an estate is held to, beside the estate itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork import _native
from ringwork.bundle.prove import Circumstances, Emitted, Proof, Prover, Standing, Trust
from ringwork.bundle.publish import Publication
from ringwork.bundle.signing import is_signed_by, manifest_payload
from ringwork.kernel.cache import Cache
from ringwork.kernel.canonical import canonical_json

# That bytes let no ring reach what the estate does not allow, with the trust there is now. Raises Unproven.
Prove = Callable[[Emitted, Trust], Proof]


@dataclass(frozen=True, slots=True)
class Broken:
    """Names of what has an error, and therefore stays as it is live."""

    apis: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.apis or self.plans or self.partners or self.groups)


class Proving:
    """`trusted` gives the Ed25519 keys manifests may be signed with: what they signed was proven."""

    def __init__(
        self, publication: Publication, trusted: Callable[[], Sequence[bytes]], cache: Cache
    ) -> None:
        self._publication = publication
        self._trusted = trusted
        self._prover = Prover(cache)

    def against(self, estate: Path, environment: str, broken: Broken, listening: Mapping[str, str]) -> Prove:
        """`listening`: declared listener → where it is instead."""

        def prove(emitted: Emitted, trust: Trust) -> Proof:
            said = Circumstances(trust, listening, self._standing(broken))
            return self._prover.prove(emitted, estate, environment, said)

        return prove

    def _standing(self, broken: Broken) -> Standing:
        """Nothing stands of a manifest that is lost, or that nobody signed."""
        current = self._publication.current() if broken else None
        if current is None:
            return Standing()
        try:
            signed = self._publication.manifest(current.manifest)
        except FileNotFoundError:
            return Standing()
        if not is_signed_by(signed, self._trusted()):
            return Standing()
        manifest = _native.interpreted_manifest(canonical_json(manifest_payload(signed)))
        agreements = {name: self._agreements(ring) for name, ring in manifest["rings"].items()}
        return Standing(
            broken.apis,
            broken.plans,
            broken.partners,
            broken.groups,
            manifest=manifest,
            agreements=agreements,
        )

    def _agreements(self, ring: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return _native.interpreted_agreements(self._publication.object(ring["agreements"]))
        except (FileNotFoundError, ValueError):
            return {}

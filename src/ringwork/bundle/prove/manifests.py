"""A manifest against the estate: rings, trust, agreements, routes. Bundles are proven one by one (`apis`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork import _native
from ringwork.bundle.prove.agreements import allowed_agreements
from ringwork.bundle.prove.emitted import Emitted, NamedBundle
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.findings import Violation, of_manifest
from ringwork.bundle.prove.observability import allowed_observability
from ringwork.bundle.prove.relations import (
    Among,
    Anything,
    AtLeast,
    Difference,
    Exactly,
    Relation,
    Tree,
    differences,
)
from ringwork.bundle.prove.rings import Trust, allowed_ring, operator_file
from ringwork.bundle.prove.routes import KnownRoutes, Routed, hosts_on, unguarded
from ringwork.bundle.prove.sharing import allowed_shared_limits
from ringwork.kernel.findings import Location

# The key that values are hashed with where they leave, and sensitive ids where they are on record. Without it they do
# not, and are not: nothing is shown too little for it.
_MASKING = frozenset(("state://masking-key",))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is live and was proven when it went live. What is broken in the estate stays as it is there, to the byte:
    names of the broken, the manifest as a gateway reads it, and agreements by ring.
    """

    apis: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    agreements: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def route(self, ring: str, api: str) -> Mapping[str, Any] | None:
        """How a broken API is reached on a ring."""
        if api not in self.apis:
            return None
        routes = self.manifest.get("rings", {}).get(ring, {}).get("routes", ())
        named = (route for route in routes if route["api"] is not None and route["api"]["name"] == api)
        return next(named, None)

    def agreed(self, ring: str) -> dict[str, Any]:
        """Agreements of a ring with those that are broken."""
        live = self.agreements.get(ring, {})
        kinds = (("plans", self.plans), ("partners", self.partners), ("groups", self.groups))
        return {
            kind: {name: one for name, one in live.get(kind, {}).items() if name in broken}
            for kind, broken in kinds
        }


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What no file of the estate says: whom the control plane's keys make trusted, declared listeners that are
    elsewhere (`--ports auto`), where `mock:` is, and what is broken and stays.
    """

    trust: Trust
    listening: Mapping[str, str] = field(default_factory=dict)
    standing: Standing = Standing()


class ManifestProof:
    """One manifest. `apis`: those of the estate that could be read, by name; `known` and `reader` remember routes of
    earlier ones.
    """

    def __init__(
        self,
        estate: ReadEstate,
        apis: Mapping[str, ReadApi],
        emitted: Emitted,
        said: Circumstances,
        known: KnownRoutes,
        reader: _native.ManifestReader,
    ) -> None:
        self._estate = estate
        self._apis = apis
        self._emitted = emitted
        self._said = said
        self.manifest: dict[str, Any] = reader.read(emitted.manifest)
        self._written = _native.written_manifest(emitted.manifest)
        self._routed = {
            ring: known.of_ring(estate, ring, content["routes"], apis)
            for ring, content in self.manifest["rings"].items()
        }

    def violations(self) -> Iterator[Violation]:
        """Raises ValueError where the estate cannot be understood."""
        yield from self._organization()
        for ring, content in self.manifest["rings"].items():
            if ring not in self._estate.rings:
                message = f"the estate has no {ring} ring"
                yield of_manifest("ring-opened", Difference(f"/rings/{ring}", message, None), ring)
                continue
            yield from self._ring(ring, content)
            yield from self._agreements(ring, content)
            yield from self._routes(ring, content)
        yield from self._shared_listeners()

    def _organization(self) -> Iterator[Violation]:
        written = {"observability": {}, "shared_limits": None} | self._written
        reached = self.manifest | {name: written[name] for name in ("observability", "shared_limits")}
        estate, organization = self._estate, self._estate.organization
        trust_domain, domain_said = estate.trust_domain
        room = organization["cache"]["max_bytes"]
        allowed: dict[str, Relation | Tree] = {
            "format": Exactly(1),
            "requires": AtLeast(self._required()),
            "revision": Anything(),
            "created_at": Anything(),
            "control_version": Anything(),
            "organization": Exactly(organization["organization"].value, organization["organization"].place),
            "environment": Exactly(estate.environment, organization["environment"].place),
            "trust_domain": Exactly(trust_domain, domain_said.place),
            "rings": Anything(),
            "observability": allowed_observability(estate, self._said.listening),
            "shared_limits": allowed_shared_limits(estate),
            "cache": {"max_bytes": Exactly(room.value or 64 * 1024 * 1024, room.place)},
        }
        for difference in differences(reached, allowed):
            yield of_manifest("manifest-not-as-said", difference)

    def _required(self) -> frozenset[str]:
        """A gateway that does not know of proxies would take them for clients, of shared limits allow each in full."""
        proxied = any(said["trusted_proxies"].value is not None for said in self._estate.rings.values())
        shared = self._estate.shared_limits.value is not None
        known = {"trusted_proxies": proxied, "shared_limits": shared}
        return frozenset(name for name, needed in known.items() if needed)

    def _ring(self, ring: str, content: Mapping[str, Any]) -> Iterator[Violation]:
        own = {host for routed in self._routed[ring] for host in self._own_hosts(ring, routed)}
        allowed = allowed_ring(self._estate, ring, self._said.trust, self._said.listening, frozenset(own))
        allowed["secrets"] = Among(self._secrets(ring) | _MASKING)
        for difference in differences(content, allowed, f"/rings/{ring}"):
            yield of_manifest("ring-not-as-said", difference, ring)
        yield from self._operators(ring)

    def _operators(self, ring: str) -> Iterator[Violation]:
        """Which file's CAs are trusted beside the embedded one: the control plane follows what is written here."""
        mtls = self._written["rings"][ring]["authentication"].get("mtls") or {}
        file = operator_file(self._estate, ring)
        allowed = None if file is None else {"file": file, "pem": self._said.trust.operators.get(file)}
        objection = Exactly(allowed).objection(mtls.get("operators")) if mtls else None
        if objection is not None:
            pointer = f"/rings/{ring}/authentication/mtls/operators"
            place = self._estate.rings[ring].at("authentication", "trust_bundle").stated.place
            yield of_manifest("trust-widened", Difference(pointer, objection, place), ring)

    def _own_hosts(self, ring: str, routed: Routed) -> tuple[str, ...]:
        """Hosts a ring answers to because of one API it is served."""
        standing = self._said.standing.route(ring, routed.name)
        return routed.hosts if standing is None else tuple(standing["hosts"])

    def _secrets(self, ring: str) -> frozenset[str]:
        """References that upstreams of the ring's APIs need."""
        needed: set[str] = set()
        for routed in self._routed[ring]:
            if routed.name in self._said.standing.apis:
                live = self._said.standing.manifest.get("rings", {}).values()
                needed.update(secret for of_ring in live for secret in of_ring.get("secrets") or ())
            elif routed.secrets:
                needed |= routed.secrets
        return frozenset(needed)

    def _agreements(self, ring: str, content: Mapping[str, Any]) -> Iterator[Violation]:
        name = content["agreements"]
        reached = _native.interpreted_agreements(self._emitted.objects[name])
        known = {routed.name: routed.versions for routed in self._routed[ring]}
        standing = self._said.standing.agreed(ring)
        allowed = allowed_agreements(self._estate, ring, reached, known, standing)
        for difference in differences(reached, allowed):
            yield Violation(
                code="agreement-not-as-said",
                message=f"{difference.pointer}: {difference.message}",
                place=difference.place or Location("ringwork.yaml"),
                within=name,
                pointer=difference.pointer,
                ring=ring,
            )

    def _routes(self, ring: str, content: Mapping[str, Any]) -> Iterator[Violation]:
        for routed in self._routed[ring]:
            yield from self._route(ring, routed)
        served = {routed.name for routed in self._routed[ring]}
        hidden = (
            (api.name, hosts_on(self._estate, api, ring), api.prefix)
            for api in self._apis.values()
            if api.name not in served
        )
        for difference in unguarded(content["routes"], hidden, ring):
            yield of_manifest("hidden-api-unguarded", difference, ring)

    def _route(self, ring: str, routed: Routed) -> Iterator[Violation]:
        standing = self._said.standing.route(ring, routed.name)
        if standing is not None:
            allowed: Tree = {key: Exactly(value) for key, value in standing.items()}
            found: Iterable[Difference] = differences(routed.route, allowed, routed.pointer)
        else:
            found = routed.found
        code = "api-unknown" if standing is None and routed.api is None else "route-not-as-said"
        return (of_manifest(code, difference, ring) for difference in found)

    def _shared_listeners(self) -> Iterator[Violation]:
        """The accepting socket alone decides the ring, so no two rings have one."""
        owner: dict[str, str] = {}
        for ring, content in self.manifest["rings"].items():
            for listener in content["listeners"]:
                if owner.setdefault(listener, ring) != ring:
                    message = f"{listener} is a listener of the {owner[listener]} ring too"
                    pointer = f"/rings/{ring}/listeners"
                    yield of_manifest("listener-shared", Difference(pointer, message, None), ring)

    def bundles(self) -> list[NamedBundle]:
        """What is left to prove: bundles of APIs that are as the estate has them."""
        standing = self._said.standing
        return [
            named
            for ring, of_ring in self._routed.items()
            for routed in of_ring
            if standing.route(ring, routed.name) is None
            for named in routed.bundles
        ]

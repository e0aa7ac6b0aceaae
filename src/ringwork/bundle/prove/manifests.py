"""A manifest against the estate: rings, trust, agreements, routes. Bundles are proven one by one (`apis`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork import _native
from ringwork.bundle.prove.agreements import allowed_agreements
from ringwork.bundle.prove.emitted import Emitted, bundles_of
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
from ringwork.bundle.prove.routes import KnownRoutes, hosts_on, unguarded
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
        self._known = known
        self.manifest: dict[str, Any] = reader.read(emitted.manifest)
        self._written = _native.written_manifest(emitted.manifest)

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
        own = {host for route in content["routes"] if route["api"] for host in self._own_hosts(ring, route)}
        allowed = allowed_ring(self._estate, ring, self._said.trust, self._said.listening, frozenset(own))
        allowed["secrets"] = Among(self._secrets(content) | _MASKING)
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

    def _own_hosts(self, ring: str, route: Mapping[str, Any]) -> tuple[str, ...]:
        """Hosts a ring answers to because of one API it is served."""
        name = route["api"]["name"]
        standing = self._said.standing.route(ring, name)
        if standing is not None:
            return tuple(standing["hosts"])
        return self._apis[name].hosts(ring) if name in self._apis else ()

    def _secrets(self, content: Mapping[str, Any]) -> frozenset[str]:
        """References that upstreams of the ring's APIs need."""
        needed: set[str] = set()
        for api in (route["api"] for route in content["routes"] if route["api"]):
            if api["name"] in self._said.standing.apis:
                live = self._said.standing.manifest.get("rings", {}).values()
                needed.update(secret for ring in live for secret in ring.get("secrets") or ())
            elif api["name"] in self._apis:
                of_version = self._apis[api["name"]].secrets
                if of_version:
                    needed.update(*(of_version.get(version, ()) for version in api["versions"]))
        return frozenset(needed)

    def _agreements(self, ring: str, content: Mapping[str, Any]) -> Iterator[Violation]:
        name = content["agreements"]
        reached = _native.interpreted_agreements(self._emitted.objects[name])
        known = {
            route["api"]["name"]: frozenset(route["api"]["versions"])
            for route in content["routes"]
            if route["api"]
        }
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
        for index, route in enumerate(content["routes"]):
            if route["api"] is not None:
                yield from self._route(ring, route, f"/rings/{ring}/routes/{index}")
        served = {route["api"]["name"] for route in content["routes"] if route["api"]}
        hidden = (
            (api.name, hosts_on(self._estate, api, ring), api.prefix)
            for api in self._apis.values()
            if api.name not in served
        )
        for difference in unguarded(content["routes"], hidden, ring):
            yield of_manifest("hidden-api-unguarded", difference, ring)

    def _route(self, ring: str, route: Mapping[str, Any], pointer: str) -> list[Violation]:
        name = route["api"]["name"]
        standing = self._said.standing.route(ring, name)
        if standing is not None:
            allowed: Tree = {key: Exactly(value) for key, value in standing.items()}
            found = list(differences(route, allowed, pointer))
        elif name in self._apis:
            found = self._known.differences(self._estate, self._apis[name], ring, route, pointer)
        else:
            message = f"there is no API {name} in the estate"
            return [of_manifest("api-unknown", Difference(f"{pointer}/api/name", message, None), ring)]
        return [of_manifest("route-not-as-said", difference, ring) for difference in found]

    def _shared_listeners(self) -> Iterator[Violation]:
        """The accepting socket alone decides the ring, so no two rings have one."""
        owner: dict[str, str] = {}
        for ring, content in self.manifest["rings"].items():
            for listener in content["listeners"]:
                if owner.setdefault(listener, ring) != ring:
                    message = f"{listener} is a listener of the {owner[listener]} ring too"
                    pointer = f"/rings/{ring}/listeners"
                    yield of_manifest("listener-shared", Difference(pointer, message, None), ring)

    def bundles(self) -> list[Any]:
        """What is left to prove: bundles of APIs that are as the estate has them."""
        standing = self._said.standing
        return [named for named in bundles_of(self.manifest) if standing.route(named.ring, named.api) is None]

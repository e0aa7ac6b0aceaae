"""The estate as it is in one environment: which files there are, and which of them says what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ringwork.bundle.prove.reading import Layers, Part, read_part
from ringwork.bundle.prove.words import RINGS

# Where a service is and who both sides are: an environment says all of it, or nothing.
_PLACE = frozenset(("url", "endpoints", "host", "tls", "credential"))
_NOWHERE = Part("", None)


@dataclass(frozen=True)
class ReadEstate:
    """`environment` is the one the estate is read for. Raises ValueError where a file is no YAML."""

    root: Path
    environment: str

    @cached_property
    def organization(self) -> Part:
        return read_part(self.root, "ringwork.yaml")

    @cached_property
    def differing(self) -> Part:
        """`environments/<name>.yaml`, a part of nothing where there is none."""
        return read_part(self.root, f"environments/{self.environment}.yaml")

    @property
    def usual(self) -> str:
        """The environment `ringwork.yaml` names."""
        return str(self.organization["environment"].value or "production")

    @cached_property
    def domain(self) -> Part:
        return self._layered("domain").stated

    @cached_property
    def trust_domain(self) -> tuple[str, Part]:
        """The SPIFFE trust domain, and what says it."""
        stated = self.differing["trust_domain"]
        if stated.is_there:
            return str(stated.value), stated
        part = Layers((self.organization["trust_domain"], self.organization["domain"])).stated
        usual = str(part.value)
        return (usual if self.environment == self.usual else f"{self.environment}.{usual}"), part

    @cached_property
    def rings(self) -> dict[str, Layers]:
        """Rings that listen: an environment opens none of its own."""
        declared = self.organization["rings"]
        return {ring: self._layered("rings", ring) for ring in RINGS if declared[ring].is_there}

    def shared_hosts(self, ring: str) -> tuple[str, ...]:
        """Hosts a ring answers to for every API."""
        return self._shared_hosts.get(ring, ())

    @cached_property
    def _shared_hosts(self) -> dict[str, tuple[str, ...]]:
        stated = {ring: said["hosts"].stated.strings() for ring, said in self.rings.items()}
        usual = str(self.domain.value).lower()
        return {ring: tuple(map(str.lower, own)) or (f"{ring}.{usual}",) for ring, own in stated.items()}

    @property
    def observability(self) -> Layers:
        return self._layered("observability")

    @property
    def shared_limits(self) -> Part:
        """Of two environments' servers, never a mixture."""
        return self._layered("shared_limits").stated

    @property
    def authorization_server(self) -> Layers:
        return self._layered("authorization_server")

    def names(self, kind: str) -> frozenset[str]:
        """Names of `apis`, `plans` or `partners` there are files of, sound or not."""
        try:
            entries = os.listdir(self.root / kind)
        except OSError:
            return frozenset()
        return frozenset(entries if kind == "apis" else (name.removesuffix(".yaml") for name in entries))

    def agreement(self, kind: str, name: str) -> Layers:
        """A plan or a partner. Raises ValueError."""
        return Layers((self.differing[kind][name], read_part(self.root, f"{kind}/{name}.yaml")))

    def group(self, name: str) -> Part:
        """Groups are the same in every environment. Raises ValueError."""
        return read_part(self.root, f"groups/{name}.yaml")

    def api(self, name: str) -> ReadApi:
        """Raises ValueError."""
        return ReadApi(name, read_part(self.root, f"apis/{name}/api.yaml"), self.differing["apis"][name])

    def _layered(self, *path: str) -> Layers:
        return Layers((self.differing.at(*path), self.organization.at(*path)))


@dataclass(frozen=True)
class ReadApi:
    """One API: its own file, and what the environment says instead."""

    name: str
    own: Part
    differing: Part
    mocks: str | None = None
    """Where the control plane's mocks are, `mock:`; None where nobody runs them."""

    @property
    def folder(self) -> str:
        return f"apis/{self.name}"

    @cached_property
    def read(self) -> tuple[str | None, str | None, str | None]:
        """Digests of its own file and of the environment's, and where mocks are: equal ones say the same."""
        return self.own.digest, self.differing.digest, self.mocks

    @cached_property
    def prefix(self) -> str:
        prefix = str(self.own["prefix"].value or f"/{self.name}")
        return "" if prefix == "/" else prefix

    @property
    def versioning(self) -> str:
        return str(self.own["versioning"].value or "path")

    @cached_property
    def versions(self) -> dict[str, Part]:
        return {str(version["name"].value): version for version in self.own["versions"]}

    def hosts(self, ring: str) -> tuple[str, ...]:
        """Hosts of its own on a ring; none: those the ring shares."""
        return self._hosts[ring]

    @cached_property
    def _hosts(self) -> dict[str, tuple[str, ...]]:
        layers = Layers((self.differing["hosts"], self.own["hosts"]))
        return {ring: tuple(map(str.lower, layers[ring].stated.strings())) for ring in RINGS}

    @cached_property
    def secrets(self) -> dict[str, frozenset[str]]:
        """Version → references that the service behind it needs; none that needs none."""
        found = {version: frozenset(self._secrets(version)) for version in self.versions}
        return {version: secrets for version, secrets in found.items() if secrets}

    def _secrets(self, version: str) -> Iterator[str]:
        service = self.service(version)
        credential = service["credential"]
        named = (
            service["tls"]["client_key"],
            credential["bearer"],
            credential["basic"]["password"],
            credential["header"]["value"],
        )
        return (str(part.value) for part in named if part.is_there)

    def service(self, version: str) -> Service:
        """What is said of the service behind a version."""
        usual = Layers((self.versions[version]["upstream"], self.own["upstream"])).stated
        here = self.differing["versions"][version]["upstream"]
        if here.is_there:
            return Service(here, usual)
        if self.versions[version]["upstream"].is_there:
            return Service(_NOWHERE, usual)
        return Service(self.differing["upstream"], usual)


@dataclass(frozen=True)
class Service:
    """An `upstream`; what an environment states of its place counts instead of all that is usual of it."""

    here: Part
    usual: Part

    def __getitem__(self, key: str) -> Part:
        if not self.here.is_there:
            return _of_service(self.usual, key)
        stated = _of_service(self.here, key)
        return stated if stated.is_there or key in _PLACE else _of_service(self.usual, key)

    @property
    def url(self) -> Part:
        return self["url"]


def _of_service(part: Part, key: str) -> Part:
    """A service's URL may stand alone."""
    if isinstance(part.value, str):
        return part if key == "url" else _NOWHERE
    return part[key]

"""Writes the software bills of materials: what Ringwork is made of, as CycloneDX 1.6 JSON.

make sbom

`ringwork-rust.cdx.json` holds every crate of Cargo.lock with its checksum; `scope` says whether it is in the gateway
or the extension on Linux (`required`), or only in tests and on other systems (`excluded`). `ringwork-python.cdx.json`
holds all that an installation of the package brings, in the versions of the environment this runs in.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tomllib
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[1]
SHIPPED_CRATES = ("server", "python")
PLATFORM = "x86_64-unknown-linux-gnu"

Json = dict[str, Any]
# Name and version of a crate.
Crate = tuple[str, str]


def rust_bom(version: str, when: datetime) -> Bom:
    """From Cargo.lock, and what cargo says of it. Raises CalledProcessError when cargo cannot read the workspace."""
    locked = tomllib.loads((REPOSITORY / "Cargo.lock").read_text())["package"]
    shipped = shipped_crates(_cargo_metadata())
    components = {crate_of(package): _crate(package, shipped) for package in locked}
    bom = _bom("ringwork-rust", version, when, components.values())
    by_name: dict[str, list[Crate]] = {}
    for name, number in components:
        by_name.setdefault(name, []).append((name, number))
    for package in locked:
        needed = (_locked_crate(text, by_name) for text in package.get("dependencies", ()))
        bom.register_dependency(components[crate_of(package)], [components[crate] for crate in needed])
    roots = [component for (name, _), component in components.items() if name in SHIPPED_CRATES]
    return _rooted(bom, roots)


def python_bom(version: str, when: datetime) -> Bom:
    """Of what is installed here. Raises PackageNotFoundError for a requirement that is not."""
    roots = [canonicalize_name(Requirement(text).name) for text in _project()["dependencies"]]
    found = dict(closure(map(Requirement, _project()["dependencies"])))
    components = {name: _package(distribution(name)) for name in found}
    bom = _bom("ringwork", version, when, components.values())
    for name, component in components.items():
        bom.register_dependency(component, [components[needed] for needed in found[name]])
    return _rooted(bom, [components[name] for name in roots])


def closure(roots: Iterable[Requirement]) -> Iterator[tuple[str, list[str]]]:
    """Every package `roots` bring to this environment, and the packages each of them needs."""
    waiting = deque(roots)
    extras: dict[str, set[str]] = {}
    while waiting:
        requirement = waiting.popleft()
        name = canonicalize_name(requirement.name)
        if name in extras and requirement.extras <= extras[name]:
            continue
        extras.setdefault(name, set()).update(requirement.extras)
        waiting += _applicable(distribution(name), extras[name])
    for package, chosen in extras.items():
        needed = {canonicalize_name(one.name) for one in _applicable(distribution(package), chosen)}
        yield package, sorted(needed)


def _applicable(found: Distribution, extras: Iterable[str]) -> list[Requirement]:
    """What it needs here, with these extras."""
    requirements = [Requirement(text) for text in found.requires or ()]
    return [one for one in requirements if _applies(one.marker, extras)]


def _applies(marker: Marker | None, extras: Iterable[str]) -> bool:
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _project() -> Json:
    project: Json = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return project


def shipped_crates(metadata: Json) -> frozenset[Crate]:
    """What is compiled into the gateway and the extension, or runs while they are: no tests, no other system."""
    named = {package["id"]: (package["name"], package["version"]) for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting = [name for name, (crate, _) in named.items() if crate in SHIPPED_CRATES]
    seen: set[str] = set()
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        needed = nodes[at]["deps"]
        waiting += [one["pkg"] for one in needed if any(kind["kind"] != "dev" for kind in one["dep_kinds"])]
    return frozenset(named[at] for at in seen)


def crate_of(package: Mapping[str, Any]) -> Crate:
    return package["name"], package["version"]


def _cargo_metadata() -> Json:
    asked = ["metadata", "--format-version", "1", "--locked", "--filter-platform", PLATFORM]
    command = [str(REPOSITORY / "tools/with-rust"), "cargo", *asked]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
    metadata: Json = json.loads(done.stdout)
    return metadata


def _crate(package: Mapping[str, Any], shipped: frozenset[Crate]) -> Component:
    name, version = crate_of(package)
    url = PackageURL("cargo", None, name, version)
    checksum = package.get("checksum")
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        purl=url if checksum else None,
        bom_ref=str(url),
        scope=ComponentScope.REQUIRED if (name, version) in shipped else ComponentScope.EXCLUDED,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)] if checksum else (),
    )


def _locked_crate(text: str, by_name: Mapping[str, list[Crate]]) -> Crate:
    """Cargo.lock writes `name`, and `name version` where there are several."""
    name, _, version = text.partition(" ")
    return (name, version.split(" ")[0]) if version else by_name[name][0]


def _package(found: Distribution) -> Component:
    name = canonicalize_name(found.name)
    url = PackageURL("pypi", None, name, found.version)
    return Component(type=ComponentType.LIBRARY, name=name, version=found.version, purl=url, bom_ref=str(url))


def _bom(name: str, version: str, when: datetime, components: Iterable[Component]) -> Bom:
    listed = sorted(components, key=lambda component: str(component.bom_ref))
    content = "\n".join(str(component.bom_ref) for component in listed)
    bom = Bom(components=listed, serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {version}\n{content}"))
    bom.metadata.timestamp = when
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION, name=name, version=version, bom_ref=f"{name}@{version}"
    )
    return bom


def _rooted(bom: Bom, roots: Iterable[Component]) -> Bom:
    assert bom.metadata.component is not None  # `_bom` gave it
    bom.register_dependency(bom.metadata.component, roots)
    return bom


def write(directory: Path, version: str, when: datetime) -> list[Path]:
    """Writes both bills; their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    bills = {"ringwork-rust": rust_bom(version, when), "ringwork-python": python_bom(version, when)}
    for name, bom in bills.items():
        text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
        (directory / f"{name}.cdx.json").write_text(text + "\n")
    return [directory / f"{name}.cdx.json" for name in bills]


def built_at() -> datetime:
    """Now, or `SOURCE_DATE_EPOCH` (reproducible-builds.org)."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.now(UTC) if given is None else datetime.fromtimestamp(int(given), UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the software bills of materials (CycloneDX 1.6).")
    parser.add_argument("directory", type=Path, help="where to")
    directory: Path = parser.parse_args().directory
    for path in write(directory, _project()["version"], built_at()):
        print(path)


if __name__ == "__main__":
    main()

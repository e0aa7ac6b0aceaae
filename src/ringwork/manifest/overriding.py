"""The one environment an estate is read for, and its manifests as they are there.

What a file of `environments/` says is merged in here, once, before anything is checked: every check, the intent and
the plan see the estate of one environment, with each value at the place it is written. A name that does not exist,
or a mistake outside of a single API, plan or partner keeps everything from going live: what an environment meant to
change would otherwise be that of another environment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from ringwork.audience import RINGS
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.api import ApiManifest
from ringwork.manifest.environment import (
    EnvironmentApiManifest,
    EnvironmentManifest,
    EnvironmentPartnerManifest,
    EnvironmentPlanManifest,
)
from ringwork.manifest.files import EstateFiles
from ringwork.manifest.merging import Change, changes_in, changes_of_service, merged
from ringwork.manifest.organization import OrganizationManifest
from ringwork.manifest.parse import parse
from ringwork.manifest.reading import LoadedManifest, ManifestMemo, Model
from ringwork.manifest.source import SourceFile

Kind = Literal["apis", "plans", "partners"]
_Changes = Callable[[], Iterable[Change]]

_PARTS: dict[Kind, type[BaseModel]] = {
    "apis": EnvironmentApiManifest,
    "plans": EnvironmentPlanManifest,
    "partners": EnvironmentPartnerManifest,
}


@dataclass(frozen=True, slots=True)
class Environment:
    """`name` None: nobody can know it. `file` None: it has nothing different. `usual`: that of `ringwork.yaml`."""

    name: str | None
    usual: str | None
    file: LoadedManifest[EnvironmentManifest] | None
    findings: tuple[Finding, ...]
    is_sound: bool
    memo: ManifestMemo

    def organization(
        self, read: LoadedManifest[OrganizationManifest]
    ) -> LoadedManifest[OrganizationManifest]:
        """The organisation here; None of it where the environment is not understood."""
        if not self.is_sound:
            return replace(read, manifest=None)
        if read.sound is None or (self.file is None and self.name == self.usual):
            return read
        manifest, source = read.sound
        return self._merged(read, source, OrganizationManifest, lambda: self._of_organization(manifest))

    def api(self, read: LoadedManifest[ApiManifest]) -> LoadedManifest[ApiManifest]:
        """An API here."""
        stated = self._stated("apis", read.name)
        if read.sound is None or stated is None:
            return read
        manifest, source = read.sound
        if self._is_broken("apis", read.name):
            return replace(read, manifest=None)
        unknown = tuple(_unknown_versions(read.name, manifest, stated))
        if unknown:
            return replace(read, manifest=None, findings=(*read.findings, *unknown))
        return self._merged(read, source, ApiManifest, lambda: _of_api(source, manifest, stated))

    def agreement(self, kind: Kind, read: LoadedManifest[Model], model: type[Model]) -> LoadedManifest[Model]:
        """A plan or a partner here."""
        stated = self._stated(kind, read.name)
        if read.sound is None or stated is None:
            return read
        if self._is_broken(kind, read.name):
            return replace(read, manifest=None)
        source = read.sound[1]
        return self._merged(read, source, model, lambda: changes_in(stated, ("limits", "networks")))

    def _merged(
        self, read: LoadedManifest[Model], source: SourceFile, model: type[Model], changes: _Changes
    ) -> LoadedManifest[Model]:
        environment = None if self.file is None else self.file.source
        subject = f"{self.name} {source.name}"
        return self.memo.merged(subject, source, environment, lambda: merged(read, source, model, changes()))

    def _of_organization(self, manifest: OrganizationManifest) -> Iterator[Change]:
        yield Change(("environment",), self.name, None)
        # The credentials of two environments differ in the services they name; a domain of its own changes no names.
        usual = manifest.own_trust_domain
        yield Change(("trust_domain",), usual if self.name == self.usual else f"{self.name}.{usual}", None)
        if self.file is not None and self.file.source is not None:
            yield from changes_in(
                self.file.source,
                (
                    *("domain", "trust_domain", "rings", "observability", "shared_limits"),
                    *("people", "authorization_server"),
                ),
            )
            yield from _of_issuers(self.file.source)

    def _stated(self, kind: Kind, name: str) -> SourceFile | None:
        """What the file says of one API, plan or partner, sound or not."""
        source = self.file.source if self.is_sound and self.file is not None else None
        if source is None:
            return None
        return source.part(kind, name) if name in (source.value.get(kind) or {}) else None

    def _is_broken(self, kind: Kind, name: str) -> bool:
        manifest = self.file.manifest if self.file is not None else None
        return manifest is None or name not in getattr(manifest, kind)


def chosen_environment(
    root: Path,
    memo: ManifestMemo,
    files: EstateFiles,
    organization: LoadedManifest[OrganizationManifest],
    wanted: str | None,
    known: Mapping[Kind, Collection[str]],
) -> Environment:
    """The environment `wanted`; None: that of `ringwork.yaml`. `known` are the names there are."""
    usual = None if organization.manifest is None else organization.manifest.environment
    name = usual if wanted is None else wanted
    if name is None or name not in files.environments:
        missing = () if name is None or name == usual else (_missing(name, usual, files),)
        return Environment(name, usual, None, missing, not missing, memo)
    file = memo.understood(root, name, f"environments/{name}.yaml", _understood)
    unknown = tuple(_unknown(file, organization, known))
    is_sound = file.manifest is not None and not unknown
    return Environment(name, usual, file, (*file.findings, *unknown), is_sound, memo)


def _understood(source: SourceFile) -> tuple[EnvironmentManifest | None, list[Finding]]:
    """The manifest without its broken APIs, plans and partners: one of them never blocks another (law 5)."""
    manifest, findings = parse(EnvironmentManifest, source)
    if manifest is not None or not isinstance(source.value, dict):
        return manifest, findings
    mistakes, rest = [], dict(source.value)
    for kind, model in _PARTS.items():
        parts = source.value.get(kind)
        for name in parts if isinstance(parts, dict) else ():
            part, found = parse(model, source.part(kind, name))
            if part is None:
                rest[kind] = {other: value for other, value in rest[kind].items() if other != name}
                mistakes += [replace(finding, api=name if kind == "apis" else None) for finding in found]
    manifest, findings = parse(EnvironmentManifest, replace(source, value=rest))
    return manifest, [*mistakes, *findings]


def _missing(name: str, usual: str | None, files: EstateFiles) -> Finding:
    known = {*files.environments, *([usual] if usual is not None else [])}
    message = f'there is no environment "{name}"'
    help = f"{did_you_mean(name, known)} An environment is a file: environments/<name>.yaml."
    return Finding("unknown-environment", Severity.ERROR, message, help, Location("environments"))


def _unknown(
    file: LoadedManifest[EnvironmentManifest],
    organization: LoadedManifest[OrganizationManifest],
    known: Mapping[Kind, Collection[str]],
) -> Iterator[Finding]:
    """Names of nothing; no API's own mistake, because nobody knows which one was meant."""
    if file.source is None or file.manifest is None:
        return
    for kind, names in known.items():
        for name in file.source.value.get(kind) or {}:
            if name not in names:
                one = {"apis": "API", "plans": "plan", "partners": "partner"}[kind]
                place, help = file.source.key_at(kind, name), did_you_mean(name, names)
                yield Finding(
                    f"unknown-{one.lower()}", Severity.ERROR, f'there is no {one} "{name}"', help, place
                )
    if organization.manifest is not None:
        yield from _unknown_server(file.source, organization.manifest)
        yield from _unknown_issuers(file.source, file.manifest, organization.manifest)
    listening = organization.manifest.rings if organization.manifest is not None else None
    for ring in RINGS:
        stated = getattr(file.manifest.rings, ring.label)
        if stated is not None and listening is not None and listening.of(ring) is None:
            message = f"there is no {ring.label} ring: an environment cannot open one"
            help = "Describe the ring in ringwork.yaml, or remove it here."
            place = file.source.key_at("rings", ring.label)
            yield Finding("unknown-ring", Severity.ERROR, message, help, place)


def _unknown_issuers(
    source: SourceFile, stated: EnvironmentManifest, everywhere: OrganizationManifest
) -> Iterator[Finding]:
    for name, issuer in stated.issuers.items():
        usual = everywhere.issuers.get(name)
        if usual is None:
            help, place = did_you_mean(name, everywhere.issuers), source.key_at("issuers", name)
            yield Finding("unknown-issuer", Severity.ERROR, f'there is no issuer "{name}"', help, place)
            continue
        for ring in RINGS:
            if issuer.accepted_on(ring) is not None and usual.accepted_on(ring) is None:
                message = f"the {ring.label} ring does not accept this issuer: an environment cannot make it"
                help = "Name the ring in ringwork.yaml, or remove it here."
                place = source.key_at("issuers", name, "rings", ring.label)
                yield Finding("environment-cannot-change", Severity.ERROR, message, help, place)


def _unknown_server(source: SourceFile, everywhere: OrganizationManifest) -> Iterator[Finding]:
    if source.value.get("authorization_server") and everywhere.authorization_server is None:
        message = "there is no authorization server: an environment cannot make it"
        help, place = (
            "Describe it in ringwork.yaml, or remove it here.",
            source.key_at("authorization_server"),
        )
        yield Finding("environment-cannot-change", Severity.ERROR, message, help, place)


def _of_issuers(stated: SourceFile) -> Iterator[Change]:
    """Of two environments' identity providers, never a mixture."""
    for name, value in (stated.value.get("issuers") or {}).items():
        yield Change(("issuers", name), value, stated.part("issuers", name))


def _unknown_versions(name: str, manifest: ApiManifest, stated: SourceFile) -> Iterator[Finding]:
    known = [version.name for version in manifest.versions]
    for version in stated.value.get("versions") or {}:
        if version not in known:
            message = f'API "{name}" has no version "{version}"'
            help, place = did_you_mean(version, known), stated.key_at("versions", version)
            yield Finding("unknown-version", Severity.ERROR, message, help, place, name)


def _of_api(source: SourceFile, manifest: ApiManifest, stated: SourceFile) -> Iterator[Change]:
    yield from changes_in(stated, ("hosts",))
    everywhere = source.value["upstream"]
    if stated.value.get("upstream") is not None:
        yield from changes_of_service(everywhere, stated.part("upstream"), ("upstream",))
    for index, version in enumerate(manifest.versions):
        part = (stated.value.get("versions") or {}).get(version.name) or {}
        if part.get("upstream") is not None:
            before = source.value["versions"][index].get("upstream") or everywhere
            service = stated.part("versions", version.name, "upstream")
            yield from changes_of_service(before, service, ("versions", index, "upstream"))

"""Reading an estate: every file once, every mistake at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ringwork.kernel.findings import Finding, Location, Severity, has_errors
from ringwork.kernel.stamps import Stamp, settled, stamp_of
from ringwork.manifest.agreements import PartnerManifest, PlanManifest
from ringwork.manifest.api import ApiManifest
from ringwork.manifest.certificates import read_pems
from ringwork.manifest.checks import check_estate
from ringwork.manifest.estate import Estate, LoadedApi, LoadedOrganization, LoadedPartner, LoadedPlan
from ringwork.manifest.files import API_FILE, ORGANIZATION_FILE, EstateFiles, estate_files
from ringwork.manifest.organization import OrganizationManifest
from ringwork.manifest.parse import parse
from ringwork.manifest.source import SourceFile, Unreadable, read_source

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LoadedManifest(Generic[Model]):
    """One file, by the name of what it describes; `manifest` is None where it is broken."""

    name: str
    manifest: Model | None
    source: SourceFile | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> tuple[Model, SourceFile] | None:
        return (self.manifest, self.source) if self.manifest is not None and self.source is not None else None


class ManifestMemo:
    """Manifests of the estate loaded last, for as long as their files do not change."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Stamp, LoadedManifest[Any]]] = {}
        self._known: dict[str, tuple[Stamp, LoadedManifest[Any]]] = {}

    def begin(self) -> None:
        """Another load begins: what it does not read is forgotten after it."""
        self._before, self._known = self._known, {}

    def read(self, root: Path, name: str, file: str, model: type[Model]) -> LoadedManifest[Model]:
        """Each file of an estate is of one model, which its place decides."""
        path = f"{root}/{file}"
        stamp = stamp_of(path)
        known = self._before.get(path)
        if known is not None and known[0] == stamp:
            self._known[path] = known
            return known[1]
        found = _read(root, name, file, model)
        trusted = settled(stamp) if found.source is not None else None
        if trusted is not None:
            self._known[path] = (trusted, found)
        return found


def load_estate(root: Path, memo: ManifestMemo | None = None) -> Estate:
    """The estate in the folder `root`; whatever is wrong is in its findings. Never raises for what files say.

    `memo` remembers manifests from one call to the next.
    """
    memo = memo or ManifestMemo()
    memo.begin()
    read = memo.read
    if not root.is_dir():
        return _nothing(
            root, f"there is no folder {root.name or root}", "Name the folder that holds ringwork.yaml."
        )
    if not (root / ORGANIZATION_FILE).exists():
        return _nothing(root, f"there is no {ORGANIZATION_FILE}", "Begin an estate with `ringwork init`.")
    files = estate_files(root)
    organization = read(root, "organization", ORGANIZATION_FILE, OrganizationManifest)
    apis = [_of_api(read(root, name, f"apis/{name}/{API_FILE}", ApiManifest)) for name in files.apis]
    partners = [read(root, name, f"partners/{name}.yaml", PartnerManifest) for name in files.partners]
    plans = [read(root, name, f"plans/{name}.yaml", PlanManifest) for name in files.plans]
    styles = [finding for name in files.styles for finding in _style_findings(root, name)]
    estate = Estate(
        root=root,
        organization=LoadedOrganization(*organization.sound) if organization.sound else None,
        apis=tuple(_loaded_api(root, read.name, *read.sound) for read in apis if read.sound),
        partners=tuple(LoadedPartner(read.name, *read.sound) for read in partners if read.sound),
        plans=tuple(LoadedPlan(read.name, *read.sound) for read in plans if read.sound),
        api_names=_api_names(files),
        partner_names=frozenset(files.partners),
        plan_names=frozenset(files.plans),
        findings=(),
    )
    found = (*_mistakes([organization]), *_mistakes(apis), *_mistakes(partners), *_mistakes(plans), *styles)
    return estate.with_findings((*files.findings, *found, *check_estate(estate)))


def _loaded_api(root: Path, name: str, manifest: ApiManifest, source: SourceFile) -> LoadedApi:
    return LoadedApi(name, manifest, source, read_pems(root, f"apis/{name}", manifest))


def _mistakes(read: Iterable[LoadedManifest[Model]]) -> list[Finding]:
    return [finding for one in read for finding in one.findings]


def _read(root: Path, name: str, file: str, model: type[Model]) -> LoadedManifest[Model]:
    try:
        source, findings = read_source(root, file)
    except Unreadable as error:
        return LoadedManifest(name, None, None, (error.finding,))
    manifest, mistakes = parse(model, source)
    sound = manifest if not has_errors(findings) else None  # a key that is there twice says two things
    return LoadedManifest(name, sound, source, (*findings, *mistakes))


def _of_api(read: LoadedManifest[ApiManifest]) -> LoadedManifest[ApiManifest]:
    """An API's mistakes drop the API and nothing else (law 5)."""
    return replace(read, findings=tuple(replace(finding, api=read.name) for finding in read.findings))


def _style_findings(root: Path, name: str) -> Iterable[Finding]:
    file = f"styles/{name}.yaml"
    try:
        source, findings = read_source(root, file)
    except Unreadable as error:
        return [error.finding]
    if not isinstance(source.value, dict):
        help = "Write the rules under `rules:`, as Spectral reads them."
        mistake = Finding("wrong-type", Severity.ERROR, "a style is an object with keys", help, source.at())
        return [*findings, mistake]
    help = "It is kept, and judged by a later release."
    message = f'style "{name}" has no effect yet'
    return [*findings, Finding("not-yet-effective", Severity.INFO, message, help, source.at())]


def _api_names(files: EstateFiles) -> frozenset[str]:
    broken = (finding.api for finding in files.findings if finding.api is not None)
    return frozenset((*files.apis, *broken))


def _nothing(root: Path, message: str, help: str) -> Estate:
    finding = Finding("estate-missing", Severity.ERROR, message, help, Location(ORGANIZATION_FILE))
    nobody: frozenset[str] = frozenset()
    return Estate(root, None, (), (), (), nobody, nobody, nobody, (finding,))

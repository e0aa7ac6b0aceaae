"""The estate as it was read: every manifest that is sound, its source, and everything that was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ringwork.kernel.findings import Finding, Location, Severity, in_order
from ringwork.manifest.agreements import PartnerManifest, PlanManifest
from ringwork.manifest.api import ApiManifest, VersionManifest
from ringwork.manifest.certificates import Pem
from ringwork.manifest.environment import EnvironmentManifest
from ringwork.manifest.gates import GatesManifest
from ringwork.manifest.organization import OrganizationManifest
from ringwork.manifest.people import GroupManifest
from ringwork.manifest.service import UpstreamManifest
from ringwork.manifest.source import SourceFile
from ringwork.manifest.style import StylePolicyManifest
from ringwork.manifest.upstream import UpstreamUrl, service_url


@dataclass(frozen=True, slots=True)
class LoadedOrganization:
    manifest: OrganizationManifest
    source: SourceFile

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)


@dataclass(frozen=True, slots=True)
class LoadedApi:
    """`apis/<name>/api.yaml`."""

    name: str
    manifest: ApiManifest
    source: SourceFile
    pems: Mapping[str, Pem] = field(default_factory=dict)
    """Certificates the manifest names, by the name it gives."""

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)

    @property
    def folder(self) -> str:
        return f"apis/{self.name}"

    @property
    def prefix(self) -> str:
        """Without a trailing slash: the root is empty."""
        prefix = self.manifest.prefix or f"/{self.name}"
        return "" if prefix == "/" else prefix

    def service_of(self, version: VersionManifest) -> tuple[UpstreamManifest, tuple[str | int, ...]]:
        """What is said of the service behind a version, and where."""
        if version.upstream is not None:
            return version.upstream, ("versions", self.manifest.versions.index(version), "upstream")
        return self.manifest.upstream, ("upstream",)

    def upstream_of(self, version: VersionManifest) -> tuple[UpstreamUrl, Location]:
        """Where requests of a version go, and where that is written. A mock has all of
        them below its own path. Raises ValueError where it is no URL.
        """
        service, place = self.service_of(version)
        url = service_url(service.url)
        if url.is_mock:
            return url.below(f"/{self.name}/{version.name}"), self.at(*place, "url")
        return url.below(self._sent_prefix(service, version)), self.at(*place, "url")

    def _sent_prefix(self, service: UpstreamManifest, version: VersionManifest) -> str:
        if service.prefix == "strip":
            return ""
        if service.prefix == "keep":
            return f"{self.prefix}/{version.name}" if self.manifest.versioning == "path" else self.prefix
        return service.prefix.replace("{version}", version.name).replace("{api}", self.name)


@dataclass(frozen=True, slots=True)
class LoadedPartner:
    """`partners/<name>.yaml`."""

    name: str
    manifest: PartnerManifest
    source: SourceFile

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """`plans/<name>.yaml`."""

    name: str
    manifest: PlanManifest
    source: SourceFile

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)


@dataclass(frozen=True, slots=True)
class LoadedGroup:
    """`groups/<name>.yaml`."""

    name: str
    manifest: GroupManifest
    source: SourceFile

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)


@dataclass(frozen=True, slots=True)
class LoadedEnvironment:
    """`environments/<name>.yaml`; `is_usual` where it is the environment `ringwork.yaml` names, whose services are
    of `usual_trust_domain`.
    """

    name: str
    manifest: EnvironmentManifest
    source: SourceFile
    is_usual: bool
    usual_trust_domain: str


@dataclass(frozen=True, slots=True)
class LoadedStylePolicy:
    """`styles/policy.yaml`."""

    manifest: StylePolicyManifest
    source: SourceFile

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)


@dataclass(frozen=True, slots=True)
class LoadedGates:
    """`styles/gates.yaml`."""

    manifest: GatesManifest
    source: SourceFile

    def at(self, *path: str | int) -> Location:
        return self.source.at(*path)


@dataclass(frozen=True, slots=True)
class Estate:
    """What could be read of the folder `root`.

    `organization` is None where `ringwork.yaml` is missing or broken; nothing can go live then. APIs, partners
    and plans that are broken are not here: they are in `findings`. The names also hold the broken ones: naming
    one of them is no mistake, and what is broken is not gone. `environment` is the file whose differences are
    in all of this already, None where there is none. `has_gates`: there is a file of gates, sound or broken.
    """

    root: Path
    organization: LoadedOrganization | None
    apis: tuple[LoadedApi, ...]
    partners: tuple[LoadedPartner, ...]
    plans: tuple[LoadedPlan, ...]
    api_names: frozenset[str]
    partner_names: frozenset[str]
    plan_names: frozenset[str]
    environment: LoadedEnvironment | None
    findings: tuple[Finding, ...]
    groups: tuple[LoadedGroup, ...] = ()
    group_names: frozenset[str] = frozenset()
    style_names: frozenset[str] = frozenset()
    style_policy: LoadedStylePolicy | None = None
    gates: LoadedGates | None = None
    has_gates: bool = False

    def with_findings(self, findings: Iterable[Finding]) -> Estate:
        """This estate with `findings` added, less what their errors drop: organisation, partners, plans, groups, gates.

        APIs stay, because naming a broken API is no mistake; see `broken_apis`.
        """
        added = tuple(findings)
        files = {
            found.location.file for found in added if found.severity is Severity.ERROR and found.api is None
        }
        organization = self.organization
        return replace(
            self,
            organization=None if organization is None or organization.source.files & files else organization,
            partners=tuple(partner for partner in self.partners if partner.source.name not in files),
            plans=tuple(plan for plan in self.plans if plan.source.name not in files),
            groups=tuple(group for group in self.groups if group.source.name not in files),
            gates=None if self.gates is None or self.gates.source.name in files else self.gates,
            findings=tuple(in_order((*self.findings, *added))),
        )

    def broken_apis(self) -> frozenset[str]:
        """APIs an ERROR drops from the change."""
        return broken_apis(self.findings)


def broken_apis(findings: Iterable[Finding]) -> frozenset[str]:
    """Names of the APIs that `findings` drop from the change."""
    errors = (finding for finding in findings if finding.severity is Severity.ERROR)
    return frozenset(finding.api for finding in errors if finding.api is not None)

"""From files to what would go live: the one pipeline behind `plan`, `apply`, `api add` and the admin API."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ringwork.governance.exposure import VersionExposure, expose
from ringwork.governance.features import check_features
from ringwork.governance.snapshot import ExposureSnapshot, snapshot_of
from ringwork.governance.standing import with_standing_claims
from ringwork.intent.build import Operations, build_intent
from ringwork.intent.model import Intent
from ringwork.kernel.findings import Finding, Location
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import Estate, LoadedApi
from ringwork.manifest.load import load_estate
from ringwork.openapi import load_contract

# A file of which nothing was read; where a `$ref` asked for it, the finding stands there already.
_NOT_READ = frozenset({"openapi-file-missing", "openapi-ref-outside", "openapi-too-large"})


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything there is to know about an estate before it goes live.

    `estate` is what is sound of it; `exposures` every version that could be read; `intent` and `snapshot` what
    would go live, None when nothing can (no sound `ringwork.yaml`); `findings` all of them, in order; `dropped`
    the names of APIs that stay behind because of an error.
    """

    estate: Estate
    exposures: tuple[VersionExposure, ...]
    intent: Intent | None
    snapshot: ExposureSnapshot | None
    findings: tuple[Finding, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedApi:
    """One API's versions, and what is wrong with its documents."""

    name: str
    versions: tuple[VersionExposure, ...]
    findings: tuple[Finding, ...]


def assess(root: Path, standing: Intent | None = None) -> Assessment:
    """Read and judge the estate in `root`. Never raises for what files say: that is in the findings.

    `standing` is the intent that is live: what is broken in the estate stays as it is there.
    """
    loaded = load_estate(root)
    judged = [judge_api(root, api) for api in loaded.apis]
    exposures = tuple(version for api in judged for version in api.versions)
    documents = tuple(finding for api in judged for finding in api.findings)
    estate = loaded.with_findings((*documents, *check_features(loaded, exposures)))
    if standing is not None:
        estate = with_standing_claims(estate, standing)
    dropped = estate.broken_apis()
    intent = _intent(estate, exposures, dropped, standing)
    return Assessment(
        estate=estate,
        exposures=exposures,
        intent=intent,
        snapshot=None if intent is None else snapshot_of(intent),
        findings=estate.findings,
        dropped=tuple(sorted(dropped)),
    )


def judge_api(root: Path, api: LoadedApi) -> JudgedApi:
    """The documents of one API: a pure function of the bytes of its files."""
    versions: list[VersionExposure] = []
    findings: list[Finding] = []
    for index, version in enumerate(api.manifest.versions):
        named = _files_named(api, index, version)
        document, *overlays = named
        contract, found = load_contract(root, document, overlays)
        findings += [_at_who_names_it(replace(finding, api=api.name), named) for finding in found]
        if contract is not None:
            exposure = expose(api, index, contract)
            versions.append(exposure)
            findings += exposure.findings
    return JudgedApi(api.name, tuple(versions), tuple(findings))


def _files_named(api: LoadedApi, index: int, version: VersionManifest) -> dict[str, Location]:
    """The document, then overlays: name relative to the estate → where the manifest names it."""
    place = ("versions", index)
    named = {f"{api.folder}/{version.document}": api.at(*place, "document")}
    for number, overlay in enumerate(version.overlays):
        named.setdefault(f"{api.folder}/{overlay}", api.at(*place, "overlays", number))
    return named


def _at_who_names_it(finding: Finding, named: dict[str, Location]) -> Finding:
    """A file that is not there has no lines: what is wrong is the name in the manifest."""
    if finding.code not in _NOT_READ or finding.location not in [Location(name) for name in named]:
        return finding
    return replace(finding, location=named[finding.location.file])


def _intent(
    estate: Estate, exposures: tuple[VersionExposure, ...], dropped: frozenset[str], standing: Intent | None
) -> Intent | None:
    if estate.organization is None:
        return None
    operations: Operations = {
        (exposure.api, exposure.version): tuple(operation.intent for operation in exposure.operations)
        for exposure in exposures
        if exposure.api not in dropped
    }
    return build_intent(estate, operations, standing)

"""Reading an estate: every file once, every mistake at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.agreements import PartnerManifest, PlanManifest
from ringwork.manifest.api import ApiManifest
from ringwork.manifest.certificates import read_pems
from ringwork.manifest.checks import check_estate
from ringwork.manifest.estate import (
    Estate,
    LoadedApi,
    LoadedEnvironment,
    LoadedGates,
    LoadedGroup,
    LoadedOrganization,
    LoadedPartner,
    LoadedPlan,
    LoadedStylePolicy,
)
from ringwork.manifest.files import API_FILE, ORGANIZATION_FILE, EstateFiles, estate_files
from ringwork.manifest.gates import GATES_FILE, GatesManifest
from ringwork.manifest.organization import OrganizationManifest
from ringwork.manifest.overriding import Environment, Kind, chosen_environment
from ringwork.manifest.people import GroupManifest
from ringwork.manifest.reading import LoadedManifest, ManifestMemo, Model
from ringwork.manifest.source import SourceFile, Unreadable, read_source
from ringwork.manifest.style import POLICY, StylePolicyManifest


def load_estate(root: Path, memo: ManifestMemo | None = None, environment: str | None = None) -> Estate:
    """The estate in the folder `root`, as it is in `environment`; whatever is wrong is in its findings.

    `environment` None: that of `ringwork.yaml`. `memo` remembers manifests from one call to the next. Never raises
    for what files say.
    """
    memo = memo or ManifestMemo()
    memo.begin()
    read = memo.read
    # pathlib's own raises for a name too long for any folder.
    if not os.path.isdir(root):
        return _nothing(
            root, f"there is no folder {root.name or root}", "Name the folder that holds ringwork.yaml."
        )
    if not (root / ORGANIZATION_FILE).exists():
        return _nothing(root, f"there is no {ORGANIZATION_FILE}", "Begin an estate with `ringwork init`.")
    files = estate_files(root)
    base = read(root, "organization", ORGANIZATION_FILE, OrganizationManifest)
    here = chosen_environment(root, memo, files, base, environment, _names(files))

    def agreements(kind: Kind, names: Collection[str], model: type[Model]) -> list[LoadedManifest[Model]]:
        return [here.agreement(kind, read(root, name, f"{kind}/{name}.yaml", model), model) for name in names]

    organization = here.organization(base)
    apis = [
        _of_api(here.api(read(root, name, f"apis/{name}/{API_FILE}", ApiManifest))) for name in files.apis
    ]
    partners = agreements("partners", files.partners, PartnerManifest)
    plans = agreements("plans", files.plans, PlanManifest)
    groups = [read(root, name, f"groups/{name}.yaml", GroupManifest) for name in files.groups]
    rulesets = [name for name in files.styles if name not in (POLICY, GATES_FILE)]
    styles = [finding for name in rulesets for finding in _style_findings(root, name)]
    policies = (
        [read(root, POLICY, f"styles/{POLICY}.yaml", StylePolicyManifest)] if POLICY in files.styles else []
    )
    gates = (
        [read(root, GATES_FILE, f"styles/{GATES_FILE}.yaml", GatesManifest)]
        if GATES_FILE in files.styles
        else []
    )
    found = (
        *_mistakes([organization]),
        *_mistakes(apis),
        *_mistakes(partners),
        *_mistakes(plans),
        *_mistakes(groups),
        *_mistakes(policies),
        *_mistakes(gates),
        *styles,
    )
    estate = Estate(
        root=root,
        organization=LoadedOrganization(*organization.sound) if organization.sound else None,
        apis=tuple(_loaded_api(root, read.name, *read.sound) for read in apis if read.sound),
        partners=tuple(LoadedPartner(read.name, *read.sound) for read in partners if read.sound),
        plans=tuple(LoadedPlan(read.name, *read.sound) for read in plans if read.sound),
        api_names=_api_names(files),
        partner_names=frozenset(files.partners),
        plan_names=frozenset(files.plans),
        environment=_loaded_environment(here, base.manifest),
        # What is broken of these is not above; a mistake in one part of an environment is no reason to drop another.
        findings=(*files.findings, *here.findings, *found),
        groups=tuple(LoadedGroup(read.name, *read.sound) for read in groups if read.sound),
        group_names=frozenset(files.groups),
        style_names=frozenset(rulesets),
        style_policy=next((LoadedStylePolicy(*read.sound) for read in policies if read.sound), None),
        gates=next((LoadedGates(*read.sound) for read in gates if read.sound), None),
        has_gates=bool(gates),
    )
    return estate.with_findings(check_estate(estate, memo.checks))


def usual_environment(root: Path) -> str | None:
    """The environment `ringwork.yaml` names; None where that cannot be read."""
    read = ManifestMemo().read(root, "organization", ORGANIZATION_FILE, OrganizationManifest)
    return None if read.manifest is None else read.manifest.environment


def _loaded_environment(here: Environment, base: OrganizationManifest | None) -> LoadedEnvironment | None:
    if here.file is None or here.file.sound is None or base is None:
        return None
    return LoadedEnvironment(
        here.file.name,
        *here.file.sound,
        is_usual=here.file.name == base.environment,
        usual_trust_domain=base.own_trust_domain,
    )


def _loaded_api(root: Path, name: str, manifest: ApiManifest, source: SourceFile) -> LoadedApi:
    return LoadedApi(name, manifest, source, read_pems(root, f"apis/{name}", manifest))


def _mistakes(read: Iterable[LoadedManifest[Model]]) -> list[Finding]:
    return [finding for one in read for finding in one.findings]


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
    return findings


def _names(files: EstateFiles) -> dict[Kind, Collection[str]]:
    return {"apis": _api_names(files), "plans": files.plans, "partners": files.partners}


def _api_names(files: EstateFiles) -> frozenset[str]:
    broken = (finding.api for finding in files.findings if finding.api is not None)
    return frozenset((*files.apis, *broken))


def _nothing(root: Path, message: str, help: str) -> Estate:
    finding = Finding("estate-missing", Severity.ERROR, message, help, Location(ORGANIZATION_FILE))
    nobody: frozenset[str] = frozenset()
    return Estate(root, None, (), (), (), nobody, nobody, nobody, None, (finding,))

"""Documents for those outside: what a ring is served of one API version, as OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ringwork.audience import Audience
from ringwork.governance.assess import Assessment
from ringwork.governance.ending import SUNSET, ending_for, state_at
from ringwork.intent.model import ApiIntent, RingIntent, VersionIntent
from ringwork.kernel.findings import Finding
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.estate import LoadedApi
from ringwork.openapi import ProjectedDocument, RingView, project_document
from ringwork.openapi.authentication import Authentication
from ringwork.openapi.projection import DocumentFormat

_HTTPS = "443"


def export_openapi(
    root: Path,
    assessment: Assessment,
    *,
    api: str,
    version: str | None,
    ring: Audience,
    format: DocumentFormat,
    now: datetime,
) -> ProjectedDocument:
    """The document of `api` for `ring`: exactly the operations the ring is served, and what it may see of them.

    It says what is decided of the version's end. Without `version`, the default or else the last that the ring knows
    and that did not end. Raises Refused where the ring knows no such API or version, where the version is gone, or
    where an error keeps the API back.
    """
    intent, served = _api(assessment, api, ring), _ring(assessment, ring)
    chosen = _version(intent, version, ring, now)
    loaded = _loaded(assessment, api)
    manifest = next(one for one in loaded.manifest.versions if one.name == chosen.name)
    view = replace(ring_view(intent, chosen, served), ending=ending_for(chosen, ring, now))
    overlays = [f"{loaded.folder}/{overlay}" for overlay in manifest.overlays]
    text, findings = project_document(root, f"{loaded.folder}/{manifest.document}", overlays, view, format)
    return ProjectedDocument(text, _of(api, findings))


def ring_view(api: ApiIntent, version: VersionIntent, ring: RingIntent) -> RingView:
    """What a ring's document of a version says beside what the contract says."""
    reaching = (operation for operation in version.operations if operation.published.reaches(ring.audience))
    return RingView(
        ring=ring.audience,
        widest=version.audience,
        operations=[operation.id for operation in reaching],
        servers=base_urls(api, version, ring),
        authentication=Authentication(ring.mtls, ring.service_token, ring.api_key, bool(ring.issuers)),
    )


def base_urls(api: ApiIntent, version: VersionIntent, ring: RingIntent) -> list[str]:
    """Where the version is on a ring: one URL for each host, those only this machine knows last."""
    hosts = api.hosts.get(ring.audience) or ring.hosts
    port = ring.listeners[0].rpartition(":")[2]
    path = f"{api.prefix}/{version.name}" if api.versioning == "path" else api.prefix
    known = [host for host in hosts if host != "localhost"] or list(hosts)
    return [f"https://{host}{'' if port == _HTTPS else f':{port}'}{path}" for host in known]


def _of(api: str, findings: Iterable[Finding]) -> list[Finding]:
    return [replace(finding, api=api) for finding in findings]


def _ring(assessment: Assessment, ring: Audience) -> RingIntent:
    rings = assessment.intent.rings if assessment.intent else ()
    for one in rings:
        if one.audience is ring:
            return one
    help = "Give it listeners in ringwork.yaml."
    raise Refused("ring-unknown", f"the {ring.label} ring does not listen", help, status=404)


def _api(assessment: Assessment, name: str, ring: Audience) -> ApiIntent:
    if name in assessment.dropped or assessment.intent is None:
        help = "`ringwork plan` shows them, each with its line."
        raise Refused("api-broken", f"errors keep {name} from being published", help)
    apis = {api.name: api for api in assessment.intent.apis if api.is_known_on(ring)}
    if name not in apis:
        raise Refused(
            "api-unknown", f'the {ring.label} ring has no API "{name}"', did_you_mean(name, apis), status=404
        )
    return apis[name]


def _version(api: ApiIntent, wanted: str | None, ring: Audience, now: datetime) -> VersionIntent:
    known = {version.name: version for version in api.versions if version.is_known_on(ring)}
    versions = {name: one for name, one in known.items() if state_at(one, ring, now) != SUNSET}
    if (wanted in known and wanted not in versions) or not versions:
        message = f"{api.name} {wanted or api.default_version or list(known)[-1]} has ended on this ring"
        raise Refused("version-gone", message, did_you_mean("", versions), status=410)
    name = wanted or api.default_version
    if wanted is None and name not in versions:
        name = list(versions)[-1]
    if name is None or name not in versions:
        message = f'{api.name} has no version "{wanted}" on this ring'
        raise Refused("version-unknown", message, did_you_mean(wanted or "", versions), status=404)
    return versions[name]


def _loaded(assessment: Assessment, name: str) -> LoadedApi:
    return next(api for api in assessment.estate.apis if api.name == name)

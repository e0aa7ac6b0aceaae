"""The subjects of a sweep, from an estate."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from ringwork.audience import Audience
from ringwork.fleet.addressing import preferred_host
from ringwork.governance.assess import Assessment
from ringwork.governance.ending import BROWNOUT, SUNSET, state_at
from ringwork.governance.whole import files_of
from ringwork.intent.model import ApiIntent, Intent, VersionIntent
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.estate import LoadedApi
from ringwork.sweep.staging import Numbers
from ringwork.sweep.subject import Served, Subject


def chosen_apis(assessment: Assessment, names: Collection[str]) -> list[ApiIntent]:
    """The APIs that are swept: all that are sound, where none is named. Raises Refused."""
    if assessment.intent is None:
        raise Refused(
            "estate-broken", "errors keep the estate from going live", "`ringwork plan` shows them."
        )
    sound = {api.name: api for api in assessment.intent.apis if api.name not in assessment.dropped}
    for name in names:
        if name in assessment.dropped:
            help = "`ringwork plan` shows them, each with its line."
            raise Refused("api-broken", f"errors keep {name} from being published", help)
        if name not in sound:
            help = did_you_mean(name, sound)
            raise Refused("api-unknown", f'the estate has no API "{name}"', help, status=404)
    return [api for name, api in sound.items() if not names or name in names]


def subjects(
    root: Path, assessment: Assessment, intent: Intent, numbers: Numbers, now: datetime
) -> Iterator[Subject]:
    """Every version of a staged estate as it is served at `now`; each is read when it is its turn. Raises Refused when
    it cannot be.
    """
    loaded = {api.name: api for api in assessment.estate.apis}
    for api in intent.apis:
        for version in api.versions:
            served = _served(intent, api, version, loaded[api.name], numbers[api.name, version.name], now)
            yield Subject(served, root, *files_of(loaded[api.name], version.name))


def _served(
    intent: Intent, api: ApiIntent, version: VersionIntent, loaded: LoadedApi, number: int, now: datetime
) -> Served:
    hosts: dict[Audience, str] = {
        ring.audience: preferred_host(list(api.hosts.get(ring.audience) or ring.hosts))
        for ring in intent.rings
    }
    prefix = "" if api.prefix == "/" else api.prefix
    base = f"{prefix}/{version.name}" if api.versioning == "path" else prefix
    return Served(
        number=number,
        api=api.name,
        version=version.name,
        widest=min(loaded.manifest.audience, version.audience),
        published={operation.id: operation.published for operation in version.operations},
        bases=dict.fromkeys(hosts, base),
        hosts=hosts,
        header_version=api.versioning == "header",
        away={ring: frozenset(_away(version, ring, now)) for ring in hosts},
    )


def _away(version: VersionIntent, ring: Audience, now: datetime) -> Iterator[str]:
    version_is_away = state_at(version, ring, now) in (BROWNOUT, SUNSET)
    for operation in version.operations:
        sunset = None if operation.ending is None else operation.ending.sunset_at
        if version_is_away or (sunset is not None and sunset <= now.timestamp()):
            yield operation.id

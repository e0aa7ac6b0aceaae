"""Ends of versions that break a promise: too soon for developers, or not agreed upon with a partner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from ringwork.audience import Audience
from ringwork.governance.exposure import VersionExposure
from ringwork.governance.guide_pages import unfinished
from ringwork.intent.lifecycle import ending_of
from ringwork.intent.model import OperationIntent
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import Estate, LoadedApi, LoadedPartner
from ringwork.manifest.style import WaiverManifest

# What developers are promised between deprecation and sunset (requirement C3).
PUBLIC_MONTHS = 12
# The name that lines of `styles/policy.yaml` waive it by.
SUNSET_TOO_SOON = "sunset-too-soon"

_PARAMETERS = re.compile(r"\{([^{}]+)\}")


def broken_promises(estate: Estate, exposures: Iterable[VersionExposure]) -> Iterator[Finding]:
    """One finding for each version and ring, for each waiver that waives nothing, and for each operation nobody is
    shown the way from.
    """
    exposures = tuple(exposures)
    reached = {
        (one.api, one.version): max((operation.published for operation in one.operations), default=None)
        for one in exposures
    }
    used: set[int] = set()
    ending = {(one.api, one.version): _ending_operations(one) for one in exposures}
    for api in estate.apis:
        for index, version in enumerate(api.manifest.versions):
            published = reached.get((api.name, version.name))
            if published is not None and published.reaches(Audience.PUBLIC):
                yield from _too_soon(estate, api, index, used)
                for operation in ending[api.name, version.name]:
                    yield from _operation_too_soon(estate, api, version, operation, used)
                if ending_of(version, Audience.PUBLIC).sunset is not None:
                    yield from unfinished(estate, api, version)
            if published is not None and published.reaches(Audience.PARTNER):
                yield from _not_acknowledged(estate, api, index)
                yield from _without_guide(api, index)
    yield from _unused(estate, used)
    for one in exposures:
        yield from _lost_successors(one)


def months_after(day: date, months: int) -> date:
    """The same day of a later month; of a month that has none, its last."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _too_soon(estate: Estate, api: LoadedApi, index: int, used: set[int]) -> Iterator[Finding]:
    version = api.manifest.versions[index]
    ending = ending_of(version, Audience.PUBLIC)
    if ending.deprecated is None or ending.sunset is None:
        return
    place = sunset_place(api, index, Audience.PUBLIC)
    days = (ending.deprecated, ending.sunset)
    yield from _promise(estate, api, version, version.name, days, place, used)


def _promise(
    estate: Estate,
    api: LoadedApi,
    version: VersionManifest,
    name: str,
    days: tuple[date, date],
    place: Location,
    used: set[int],
) -> Iterator[Finding]:
    """`days`: deprecated, sunset."""
    deprecated, sunset = days
    earliest = months_after(deprecated, PUBLIC_MONTHS)
    if sunset >= earliest:
        return
    message = (
        f"{name} ends on {sunset}, deprecated on {deprecated}: developers are promised {PUBLIC_MONTHS} months"
    )
    waiver = _waiver(estate, api, version)
    if waiver is None:
        help = (
            f"End it on {earliest} or later, or waive `{SUNSET_TOO_SOON}` for {api.name} {version.name} in "
            f"styles/policy.yaml, with the reason, until {sunset}."
        )
        yield Finding(SUNSET_TOO_SOON, Severity.ERROR, message, help, place, api.name)
        return
    number, stated = waiver
    used.add(number)
    if stated.until < sunset:
        help = f"Let the waiver last until {sunset}, or end it on {earliest} or later."
        message += f", and the waiver ends on {stated.until}, before it"
        yield Finding(SUNSET_TOO_SOON, Severity.ERROR, message, help, place, api.name)
    else:
        help = f"Waived until {stated.until}: {stated.reason}"
        yield Finding("sunset-waived", Severity.WARNING, message, help, place, api.name)


def _ending_operations(exposure: VersionExposure) -> list[OperationIntent]:
    """Those developers see, and read in their document when they end."""
    seen = (one for one in exposure.operations if one.published.reaches(Audience.PUBLIC))
    return [one for one in seen if one.ending is not None and one.ending.sunset_at is not None]


def _operation_too_soon(
    estate: Estate, api: LoadedApi, version: VersionManifest, operation: OperationIntent, used: set[int]
) -> Iterator[Finding]:
    ending = operation.ending
    if ending is None or ending.sunset_at is None:
        return
    sunset = _day(ending.sunset_at)
    place, name = operation.declared_at, f"{operation.method} {operation.template}"
    if ending.deprecated_at is None:
        help = "Add `x-deprecated-at: DAY`: what ends is announced first."
        message = f"{name} ends on {sunset}, and does not say since when it is deprecated"
        yield Finding("sunset-unannounced", Severity.ERROR, message, help, place, api.name)
        return
    deprecated = _day(ending.deprecated_at)
    yield from _promise(estate, api, version, name, (deprecated, sunset), place, used)


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, UTC).date()


def _waiver(estate: Estate, api: LoadedApi, version: VersionManifest) -> tuple[int, WaiverManifest] | None:
    """Of several the one that lasts longest."""
    waivers = estate.style_policy.manifest.waivers if estate.style_policy else ()
    fitting = [
        (index, one)
        for index, one in enumerate(waivers)
        if one.rule == SUNSET_TOO_SOON
        and one.api == api.name
        and one.version in (None, version.name)
        and one.ring in (None, Audience.PUBLIC)
    ]
    return max(fitting, key=lambda found: found[1].until, default=None)


def _unused(estate: Estate, used: set[int]) -> Iterator[Finding]:
    policy = estate.style_policy
    for index, one in enumerate(policy.manifest.waivers if policy else ()):
        if policy and one.rule == SUNSET_TOO_SOON and index not in used and one.api in estate.api_names:
            message = f"no version of {one.api} ends too soon for the public ring"
            place = policy.at("waivers", index, "rule")
            yield Finding("sunset-waiver-unused", Severity.INFO, message, "Remove the waiver.", place)


def _not_acknowledged(estate: Estate, api: LoadedApi, index: int) -> Iterator[Finding]:
    """A partner's version ends on a day it said yes to, or not at all."""
    version = api.manifest.versions[index]
    ending = ending_of(version, Audience.PARTNER)
    if ending.sunset is None:
        return
    silent = sorted(
        partner.name
        for partner in estate.partners
        if _may_use(partner, api.name, version.name) and not _has_agreed(partner, api.name, version.name)
    )
    if silent:
        names = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
        message = f"{version.name} ends for partners on {ending.sunset}, and nobody says they agreed: {names}"
        help = (
            f"Agree with them, and write it in partners/{silent[0]}.yaml: `sunsets: [{{api: {api.name}, "
            f"version: {version.name}, sunset: {ending.sunset}, acknowledged: {{by: …, on: …}}}}]`."
        )
        place = sunset_place(api, index, Audience.PARTNER)
        yield Finding("sunset-not-acknowledged", Severity.ERROR, message, help, place, api.name)


def _may_use(partner: LoadedPartner, api: str, version: str) -> bool:
    versions = partner.manifest.versions
    return versions is None or version in versions.get(api, ())


def _has_agreed(partner: LoadedPartner, api: str, version: str) -> bool:
    return any((one.api, one.version) == (api, version) for one in partner.manifest.sunsets)


def _lost_successors(exposure: VersionExposure) -> Iterator[Finding]:
    """A link is made of the request's own parameters, to an operation of the same method."""
    known = {(one.method, one.template): one for one in exposure.operations}
    for operation in exposure.operations:
        path = None if operation.ending is None else operation.ending.successor
        if path is None:
            continue
        name, next_ = f"{operation.method} {operation.template}", known.get((operation.method, path))
        missing = sorted({*_PARAMETERS.findall(path)} - {*_PARAMETERS.findall(operation.template)})
        if next_ is None:
            message = f"{name} is succeeded by {path}, which has no {operation.method}: nobody is told of it"
            paths = [template for method, template in known if method == operation.method]
            help = did_you_mean(path, paths)
        elif missing:
            names = ", ".join(missing)
            message = f"{name} is succeeded by {path}, and its requests have no {names}: nobody is told of it"
            help = (
                "Name parameters of both paths alike, or say in the migration guide how to find the new one."
            )
        elif operation.published.reaches(Audience.PARTNER) and next_.published < operation.published:
            message = f"{name} is succeeded by {path}, which only the {next_.published.label} ring sees"
            help = (
                "Open it to those who are to move there, or say in the migration guide what they are to do."
            )
        else:
            continue
        place = operation.declared_at
        yield Finding("successor-unknown", Severity.WARNING, message, help, place, exposure.api)


def _without_guide(api: LoadedApi, index: int) -> Iterator[Finding]:
    version = api.manifest.versions[index]
    ends = any(ending_of(version, ring).sunset for ring in (Audience.PARTNER, Audience.PUBLIC))
    if not ends or version.migration_guide is not None:
        return
    message = f"{version.name} ends, and nobody outside is told where to read how to move on"
    help = "Add `migration_guide: https://…`; `ringwork guide` writes the page's first draft."
    yield Finding(
        "migration-guide-missing",
        Severity.WARNING,
        message,
        help,
        api.at("versions", index, "name"),
        api.name,
    )


def sunset_place(api: LoadedApi, index: int, ring: Audience) -> Location:
    """Where the date is written that counts on a ring."""
    version = api.manifest.versions[index]
    own = version.rings.of(ring).sunset
    path = ("rings", ring.label, "sunset") if own is not None else ("sunset",)
    return api.at("versions", index, *path)

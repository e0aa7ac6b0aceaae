"""Ends of versions: dates in order, brownouts between them, a successor that is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ringwork.audience import RINGS
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import did_you_mean

if TYPE_CHECKING:
    from ringwork.manifest.api import VersionManifest
    from ringwork.manifest.estate import Estate, LoadedApi, LoadedPartner
    from ringwork.manifest.lifecycle import BrownoutManifest

Path = tuple[str | int, ...]

_LONGEST = timedelta(days=1)


def check_lifecycles(estate: Estate) -> Iterator[Finding]:
    """Of every version of every API, and of what partners agreed to."""
    for api in estate.apis:
        for index, version in enumerate(api.manifest.versions):
            yield from _version(api, index, version)
    versions = {api.name: [version.name for version in api.manifest.versions] for api in estate.apis}
    for partner in estate.partners:
        yield from _agreed(estate, partner, versions)


def _version(api: LoadedApi, index: int, version: VersionManifest) -> Iterator[Finding]:
    place: Path = ("versions", index)
    yield from _word(api, place, version)
    yield from _successor(api, place, version)
    yield from _dates(api, place, place, version.deprecated, version.sunset, version.brownouts)
    for ring in RINGS:
        own = version.rings.of(ring)
        if own.deprecated is None and own.sunset is None and own.brownouts is None:
            continue
        yield from _dates(
            api,
            (*place, "rings", ring.label),
            place,
            own.deprecated or version.deprecated,
            own.sunset or version.sunset,
            version.brownouts if own.brownouts is None else own.brownouts,
        )


def _word(api: LoadedApi, place: Path, version: VersionManifest) -> Iterator[Finding]:
    """Without its date a state is a word; nobody is told."""
    rings = [version.rings.of(ring) for ring in RINGS]
    deprecated = version.deprecated is not None or any(ring.deprecated for ring in rings)
    sunset = version.sunset is not None or any(ring.sunset for ring in rings)
    at = api.source.key_at(*place, "state")
    if version.state == "supported" and (deprecated or sunset):
        message = f"{version.name} says it is supported, and has dates of its end"
        help = "The dates count; remove `state`, or the dates."
        yield Finding("version-state-contradicts", Severity.WARNING, message, help, at, api.name)
    missing = {"deprecated": not deprecated, "sunset": not sunset}
    if version.state is not None and missing.get(version.state, False):
        message = f"{version.name} is {version.state}, and nobody says since when"
        help = f"Add `{version.state}: 2027-01-31`: the date is what gateways tell callers, and act upon."
        yield Finding("version-state-undated", Severity.WARNING, message, help, at, api.name)


def _successor(api: LoadedApi, place: Path, version: VersionManifest) -> Iterator[Finding]:
    if version.successor is None:
        return
    others = {other.name: other for other in api.manifest.versions if other.name != version.name}
    at = api.at(*place, "successor")
    if version.successor not in others:
        message = f'"{version.successor}" is no other version of {api.name}'
        yield _error(api, "successor-unknown", message, did_you_mean(version.successor, others), at)
        return
    ends, next_ends = version.sunset, others[version.successor].sunset
    if next_ends is not None and (ends is None or next_ends <= ends):
        message = f"{version.successor} ends no later than {version.name}, which it is to succeed"
        help = "Name a version that stays, or let this one end before."
        yield Finding("successor-ends-first", Severity.WARNING, message, help, at, api.name)


def _dates(
    api: LoadedApi,
    own: Path,
    place: Path,
    deprecated: date | None,
    sunset: date | None,
    brownouts: tuple[BrownoutManifest, ...],
) -> Iterator[Finding]:
    def at(*key: str | int) -> Location:
        """Where the ring says it, or else the version."""
        found = api.at(*own, *key)
        return found if own == place or found != api.at(*own) else api.at(*place, *key)

    if sunset is not None and deprecated is None:
        help = "Add `deprecated: DAY`: what ends is announced first."
        yield _error(api, "sunset-unannounced", "a sunset without a deprecation", help, at("sunset"))
        return
    if deprecated is not None and sunset is not None and sunset <= deprecated:
        message = f"the sunset, {sunset}, is not after the deprecation, {deprecated}"
        yield _error(api, "sunset-before-deprecation", message, "Put it later.", at("sunset"))
        return
    for index, window in enumerate(brownouts):
        wrong = _unfit(window, deprecated, sunset)
        if wrong is not None:
            yield _error(api, "brownout-unfit", *wrong, at("brownouts", index))


def _unfit(window: BrownoutManifest, deprecated: date | None, sunset: date | None) -> tuple[str, str] | None:
    if window.ends <= window.begins:
        return "this brownout ends before it begins", "Put `ends` after `begins`."
    if window.ends - window.begins > _LONGEST:
        return "this brownout is longer than a day", "Make several of it, with time to recover between them."
    if deprecated is None or sunset is None:
        return "a brownout of a version without an end", "Add `deprecated` and `sunset`, or remove it."
    if window.begins < _begin(deprecated) or window.ends > _begin(sunset):
        return (
            f"this brownout is not between deprecation, {deprecated}, and sunset, {sunset}",
            "Put it between both days.",
        )
    return None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _agreed(estate: Estate, partner: LoadedPartner, versions: dict[str, list[str]]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    for index, agreed in enumerate(partner.manifest.sunsets):
        place, pair = ("sunsets", index), (agreed.api, agreed.version)
        if agreed.api not in estate.api_names:
            message = f'there is no API "{agreed.api}"'
            help = did_you_mean(agreed.api, estate.api_names)
            yield Finding("unknown-api", Severity.ERROR, message, help, partner.at(*place, "api"))
        elif agreed.version not in versions.get(agreed.api, [agreed.version]):
            message = f'API "{agreed.api}" has no version "{agreed.version}"'
            help = did_you_mean(agreed.version, versions[agreed.api])
            yield Finding("unknown-version", Severity.ERROR, message, help, partner.at(*place, "version"))
        elif pair in seen:
            message = f"the end of {agreed.api} {agreed.version} is agreed upon twice"
            help = f"The other is at {partner.at('sunsets', seen[pair])}; keep one."
            yield Finding("sunset-agreed-twice", Severity.ERROR, message, help, partner.at(*place))
        seen.setdefault(pair, index)


def _error(api: LoadedApi, code: str, message: str, help: str, place: Location) -> Finding:
    return Finding(code, Severity.ERROR, message, help, place, api.name)

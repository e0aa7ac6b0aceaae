"""Versions of one API: told apart by name, and one of them meant when nobody says which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi


def check_versions(estate: Estate) -> Iterator[Finding]:
    """Names, defaults and the way of versioning of every API."""
    for api in estate.apis:
        yield from _names(api)
        yield from _defaults(api)
        if api.manifest.versioning == "none" and len(api.manifest.versions) > 1:
            help = "Use `versioning: path` or `versioning: header`, or keep one version."
            message = "versioning none cannot tell several versions apart"
            yield _error(api, "versions-not-distinguishable", message, help, api.at("versioning"))


def _names(api: LoadedApi) -> Iterator[Finding]:
    first: dict[str, Location] = {}
    for index, version in enumerate(api.manifest.versions):
        place = api.at("versions", index, "name")
        folded = version.name.lower()
        if folded in first:
            help = f"The other is at {first[folded]}; names that differ in case only count as one."
            yield _error(api, "version-duplicate", f'version "{version.name}" is there twice', help, place)
        first.setdefault(folded, place)


def _defaults(api: LoadedApi) -> Iterator[Finding]:
    versions = api.manifest.versions
    chosen = [index for index, version in enumerate(versions) if version.default]
    if api.manifest.versioning != "header":
        for index in chosen:
            help = "Only header versioning serves callers that name no version; remove it."
            place = api.source.key_at("versions", index, "default")
            message = f"`default` means nothing with versioning {api.manifest.versioning}"
            yield Finding("without-effect", Severity.WARNING, message, help, place, api.name)
    elif len(versions) > 1 and not chosen:
        help = "Mark the version for callers that send no API-Version header with `default: true`."
        place = api.source.key_at("versions")
        yield _error(api, "version-default-missing", "none of these versions is the default", help, place)
    else:
        for index in chosen[1:]:
            place = api.source.key_at("versions", index, "default")
            help = f'"{versions[chosen[0]].name}" is marked too; keep one.'
            yield _error(api, "version-default-duplicate", "a second default version", help, place)


def _error(api: LoadedApi, code: str, message: str, help: str, place: Location) -> Finding:
    return Finding(code, Severity.ERROR, message, help, place, api.name)

"""Which settings are what the environment's file says, for `plan` and `explain`."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.intent.model import Overridden
from ringwork.manifest.estate import Estate, LoadedApi, LoadedOrganization
from ringwork.manifest.source import Override


def overridden_in(estate: Estate) -> tuple[Overridden, ...]:
    """Of the organisation and its rings, of APIs, plans and partners, in this order."""
    found = [] if estate.organization is None else list(_of_organization(estate.organization))
    for api in estate.apis:
        found += [
            _of("api", api.name, override, _by_version(api, override)) for override in api.source.overrides
        ]
    for kind, agreements in (("plan", estate.plans), ("partner", estate.partners)):
        for one in agreements:
            found += [_of(kind, one.name, override, override.path) for override in one.source.overrides]
    return tuple(found)


def _by_version(api: LoadedApi, override: Override) -> tuple[str | int, ...]:
    """Versions by name, as an environment names them."""
    head, index, *rest = (*override.path, "")
    if head != "versions" or not isinstance(index, int):
        return override.path
    return ("versions", api.manifest.versions[index].name, *rest[:-1])


def _of_organization(organization: LoadedOrganization) -> Iterator[Overridden]:
    for override in organization.source.overrides:
        if override.path[0] == "rings":
            yield _of("ring", str(override.path[1]), override, override.path[2:])
        else:
            yield _of("organization", organization.manifest.organization, override, override.path)


def _of(kind: str, name: str, override: Override, path: tuple[str | int, ...]) -> Overridden:
    """`upstream.url`, `versions.v1.upstream.url`."""
    return Overridden(kind, name, ".".join(map(str, path)), override.stated.at())

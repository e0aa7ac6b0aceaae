"""Who operates Ringwork, from the files of the estate."""

from __future__ import annotations

from collections.abc import Iterable

from ringwork.intent.people import (
    BreakGlass,
    GrantTerms,
    GroupIntent,
    NotifyIntent,
    PeopleIntent,
    ProviderIntent,
)
from ringwork.manifest.callers import service_name
from ringwork.manifest.estate import LoadedGroup
from ringwork.manifest.people import GrantsManifest, NotifyManifest, PeopleManifest, ProviderManifest, seconds


def build_people(stated: PeopleManifest, groups: tuple[GroupIntent, ...]) -> PeopleIntent:
    sessions = stated.sessions
    return PeopleIntent(
        groups=groups,
        url=stated.url,
        provider=None if stated.provider is None else build_provider(stated.provider),
        lifetime_s=seconds(sessions.lifetime),
        idle_s=seconds(sessions.idle),
        recheck_s=seconds(sessions.recheck),
        first_operator=stated.first_operator,
        notify=None if stated.notify is None else _notify(stated.notify),
    )


def _notify(stated: NotifyManifest) -> NotifyIntent:
    return NotifyIntent(stated.url, stated.secret)


def build_group(group: LoadedGroup) -> GroupIntent:
    stated = group.manifest
    claims = {claim: tuple(sorted({*values})) for claim, values in sorted(stated.claims.items())}
    permissions = tuple(sorted({*stated.permissions}))
    grants = None if stated.grants is None else _terms(stated.grants)
    services = tuple(sorted({*map(service_name, stated.services)}))
    return GroupIntent(group.name, stated.description, permissions, claims, grants, services)


def _terms(stated: GrantsManifest) -> GrantTerms:
    glass = stated.break_glass
    return GrantTerms(
        longest_s=seconds(stated.longest),
        approvers=_names(stated.approval.groups),
        quorum=stated.approval.quorum,
        eligible=_names(stated.eligible),
        one_at_a_time=stated.one_at_a_time,
        break_glass=None if glass is None else BreakGlass(_names(glass.groups), seconds(glass.longest)),
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*names}))


def build_provider(stated: ProviderManifest) -> ProviderIntent:
    return ProviderIntent(
        issuer=stated.issuer,
        client_id=stated.client_id,
        client_secret=stated.client_secret,
        scopes=tuple(dict.fromkeys(("openid", *stated.scopes))),
        algorithms=stated.algorithms,
        ca=stated.ca,
        ask_consent=stated.ask_consent,
    )

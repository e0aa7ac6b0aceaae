"""People who operate Ringwork: groups are functions, what is named exists, and somebody can be let in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.issuers import IssuerManifest
from ringwork.manifest.people import seconds

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedGroup, LoadedOrganization

# Words of a name that say who somebody is, not what he does.
_RANK = re.compile(
    r"[a-z]*admins?|[a-z]*administrators?|[a-z]*managers?|[a-z]*super(users?)?|poweruser(s)?|root|sudo(ers)?|"
    r"boss(es)?|chiefs?|directors?|executives?|execs?|supervisors?|seniors?|juniors?|owners?|vips?|c[eftio]o|"
    r"gods?|wheel|leadership|heads?"
)


def check_people(estate: Estate) -> Iterator[Finding]:
    """The groups alone, then what is said of people as a whole."""
    for group in estate.groups:
        yield from _rank(group)
        yield from _said_twice(group)
        yield from _grants(estate, group)
    if estate.organization is not None:
        yield from _first_operator(estate, estate.organization)
        yield from _provider(estate, estate.organization)


def _rank(group: LoadedGroup) -> Iterator[Finding]:
    found = next((word for word in re.split("[0-9-]+", group.name) if word and _RANK.fullmatch(word)), None)
    if found is not None:
        message = f'group "{group.name}" is named by a rank ("{found}"), not by what its members do'
        help = (
            "A rank says nothing of what is needed, so whoever has it is given everything, and nobody can tell when "
            'to take it away. Name the work, such as "support-refunds" or "platform-operations".'
        )
        yield Finding("group-is-a-rank", Severity.WARNING, message, help, group.at())


def _said_twice(group: LoadedGroup) -> Iterator[Finding]:
    given: list[tuple[tuple[str, ...], tuple[str, ...]]]
    given = [(("permissions",), group.manifest.permissions)]
    given += [(("claims", claim), values) for claim, values in group.manifest.claims.items()]
    for path, values in given:
        for value, count in Counter(values).items():
            if count > 1:
                index = len(values) - 1 - values[::-1].index(value)
                message = f'"{value}" is there {count} times'
                place = group.at(*path, index)
                yield Finding("duplicate-value", Severity.WARNING, message, "Write it once.", place)


def _grants(estate: Estate, group: LoadedGroup) -> Iterator[Finding]:
    said = group.manifest.grants
    if said is None:
        return
    glass = said.break_glass
    named: list[tuple[tuple[str, ...], tuple[str, ...]]]
    named = [(("approval", "groups"), said.approval.groups), (("eligible",), said.eligible)]
    named += [] if glass is None else [(("break_glass", "groups"), glass.groups)]
    for path, names in named:
        for index, name in enumerate(names):
            if name not in estate.group_names:
                message, help = f'there is no group "{name}"', did_you_mean(name, estate.group_names)
                place = group.at("grants", *path, index)
                yield Finding("unknown-group", Severity.ERROR, message, help, place)
    if glass is not None and seconds(glass.longest) > seconds(said.longest):
        message = (
            f"taken without approval it may be held for {glass.longest}, with approval for {said.longest}"
        )
        help = "Write a shorter `longest` under `break_glass`, or a longer one under `grants`."
        place = group.at("grants", "break_glass", "longest")
        yield Finding("break-glass-longer", Severity.ERROR, message, help, place)


def _first_operator(estate: Estate, organization: LoadedOrganization) -> Iterator[Finding]:
    people = organization.manifest.people
    known = estate.group_names
    for index, name in enumerate(people.first_operator):
        if name not in known:
            place = organization.at("people", "first_operator", index)
            help = did_you_mean(name, known)
            yield Finding("unknown-group", Severity.ERROR, f'there is no group "{name}"', help, place)
    letting_in = [group for group in estate.groups if "people" in group.manifest.permissions]
    if people.provider is None and estate.groups and not letting_in and not people.first_operator:
        message = "no group may let people in, so the first operator is nobody's member"
        help = "Write `permissions: [people, …]` in one of groups/*.yaml, or name `people.first_operator`."
        yield Finding("people-nobody-lets-in", Severity.WARNING, message, help, estate.groups[0].at())


def _lets_people_in(issuer: IssuerManifest) -> bool:
    """Onto the internal ring, by the same claims."""
    return issuer.rings.internal is not None and issuer.rings.internal.people


def _provider(estate: Estate, organization: LoadedOrganization) -> Iterator[Finding]:
    people = organization.manifest.people
    mapped = [group for group in estate.groups if group.manifest.claims]
    if people.provider is None:
        if any(_lets_people_in(issuer) for issuer in organization.manifest.issuers.values()):
            return
        for group in mapped:
            message = f'claims of group "{group.name}" have no effect: there is no provider'
            help = "Name it in ringwork.yaml, `people: {provider: {issuer: …}}`, or remove the claims."
            yield Finding("claims-without-provider", Severity.WARNING, message, help, group.at("claims"))
        return
    place = organization.at("people", "provider")
    if people.url is None:
        message = "a provider sends people back to a URL that stays, and there is none"
        help = "Write `people: {url: …}`, register <url>/login/callback there, and use `ringwork up --admin`."
        yield Finding("people-url-missing", Severity.ERROR, message, help, place)
    if not mapped and not estate.group_names - {group.name for group in estate.groups}:
        message = "nobody can log in: no claim of the provider leads to a group"
        help = "Write `claims: {groups: [NAME]}` in one of groups/*.yaml."
        yield Finding("people-nobody-lets-in", Severity.WARNING, message, help, place)

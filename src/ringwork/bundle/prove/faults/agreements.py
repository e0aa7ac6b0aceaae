"""Faults of agreements: what consumers are believed to have agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, first, found

Json = dict[str, Any]


def _group(edit: Callable[[Json], None]) -> Callable[[Copy], None]:
    return lambda copy: copy.edit_agreements(
        "internal", lambda all: first(edit, found(all.get("groups")).values())
    )


def _partner(edit: Callable[[Json], None]) -> Callable[[Copy], None]:
    return lambda copy: copy.edit_agreements("partner", lambda all: first(edit, all["partners"].values()))


def _plan(edit: Callable[[Json], None]) -> Callable[[Copy], None]:
    return lambda copy: copy.edit_agreements(
        "public", lambda all: edit(next(iter(found(all["plans"]).values())))
    )


def _raise(member: str) -> Callable[[Json], None]:
    def edit(agreed: Json) -> None:
        agreed["limit"][member] = (agreed["limit"][member] or 0) + 10**6

    return edit


def _feature(partner: Json) -> None:
    partner["features"].append("everything")


def _versions(partner: Json) -> None:
    found(partner["versions"])
    partner["versions"] = None


def _version(partner: Json) -> None:
    found(partner["versions"])
    partner["versions"]["unheard-of"] = ["v1"]


def _networks(partner: Json) -> None:
    found(partner["networks"])
    partner["networks"] = []


def _network(partner: Json) -> None:
    partner["networks"].append("203.0.113.0/24")


def _no_sunsets(partner: Json) -> None:
    found(partner.get("sunsets"))
    del partner["sunsets"]


def _sunset(partner: Json) -> None:
    partner.setdefault("sunsets", {})["orders"] = {"v1": 1}


def _scope(agreed: Json) -> None:
    found(agreed.get("scopes")).append("everything")


def _scopes(agreed: Json) -> None:
    found(agreed.get("scopes"))
    del agreed["scopes"]


def _stranger(agreements: Json) -> None:
    first = next(iter(found(agreements["partners"]).values()))
    agreements["partners"]["stranger"] = first


def _service(group: Json) -> None:
    found(group.get("services")).append("evil")


def _claim(group: Json) -> None:
    next(iter(found(group.get("claims")).values())).append("everybody")


def _granted(group: Json) -> None:
    if group.get("granted"):
        raise Inapplicable
    group["granted"] = True


def _groups_told_to_partners(copy: Copy) -> None:
    groups = found(copy.object(copy.ring("internal")["agreements"]).get("groups"))
    copy.edit_agreements("partner", lambda agreements: agreements.update(groups=groups))


def _partners_told_to_public(copy: Copy) -> None:
    partners = copy.object(copy.ring("partner")["agreements"])["partners"]
    found(partners)
    copy.edit_agreements("public", lambda agreements: agreements.update(partners=partners))


def _agreements_of_another(copy: Copy) -> None:
    copy.ring("public")["agreements"] = copy.ring("partner")["agreements"]


AGREEMENT_FAULTS = (
    Fault(
        "partner-limit-raised", "a partner may call more often than agreed", _partner(_raise("per_minute"))
    ),
    Fault("partner-burst-raised", "a partner may call more at once than agreed", _partner(_raise("burst"))),
    Fault(
        "partner-daily-limit-raised", "a partner may call more a day than agreed", _partner(_raise("per_day"))
    ),
    Fault("partner-feature-added", "a partner has a feature nobody agreed", _partner(_feature)),
    Fault("partner-versions-open", "a partner may use every API", _partner(_versions)),
    Fault("partner-version-added", "a partner may use an API nobody agreed", _partner(_version)),
    Fault("partner-networks-open", "a partner's keys work from anywhere", _partner(_networks)),
    Fault("partner-network-added", "a partner's keys work from a strange network", _partner(_network)),
    Fault(
        "partner-sunset-dropped", "a version ends before the day a partner agreed to", _partner(_no_sunsets)
    ),
    Fault(
        "partner-sunset-added", "a version is gone for a partner that agreed to nothing", _partner(_sunset)
    ),
    Fault("partner-scope-added", "a partner has a scope nobody agreed", _partner(_scope)),
    Fault("partner-scopes-open", "a partner has every scope", _partner(_scopes)),
    Fault("plan-scope-added", "a plan gives a scope it does not say", _plan(_scope)),
    Fault("plan-scopes-open", "a plan gives every scope", _plan(_scopes)),
    Fault("group-service-added", "a strange service is in a group", _group(_service)),
    Fault("group-claim-added", "a value nobody named makes a member", _group(_claim)),
    Fault("group-granted", "a group is granted that says nothing of it", _group(_granted)),
    Fault("groups-told-to-partners", "partners' nodes are sent who works inside", _groups_told_to_partners),
    Fault(
        "partner-added",
        "a stranger is a partner",
        lambda copy: copy.edit_agreements("partner", _stranger),
    ),
    Fault("partners-told-to-public", "public nodes are sent what partners agreed", _partners_told_to_public),
    Fault(
        "agreements-of-another-ring", "the public ring has the partners' agreements", _agreements_of_another
    ),
    Fault("plan-limit-raised", "a plan allows more than it says", _plan(_raise("per_minute"))),
    Fault("plan-burst-raised", "a plan allows more at once than it says", _plan(_raise("burst"))),
    Fault("plan-daily-limit-raised", "a plan allows more a day than it says", _plan(_raise("per_day"))),
)

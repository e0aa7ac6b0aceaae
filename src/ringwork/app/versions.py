"""Versions of APIs: how each stands on each ring by now, and who still calls it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ringwork.app.stores import open_control
from ringwork.audience import Audience
from ringwork.control.model import KeyHolder
from ringwork.fleet.inspection import node_of
from ringwork.fleet.state import StateDirectory
from ringwork.governance.assess import assess
from ringwork.governance.ending import state_at, state_of
from ringwork.governance.snapshot import read_snapshot
from ringwork.intent.model import ApiIntent, Intent, PartnerIntent, VersionIntent
from ringwork.kernel.clock import written_day, written_moment
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.usage.log import Damage, calls
from ringwork.usage.versions import Use, User, users_of

Row = dict[str, Any]


def versions(api: str | None, state: Path, estate: Path | None, now: datetime) -> list[Row]:
    """Per API, version and ring. `estate`: its folder; None: what is live. Raises Refused."""
    intent = _proposed(estate) if estate is not None else _live(state)
    names = {one.name: one for one in intent.apis}
    if api is not None and api not in names:
        raise Refused("api-unknown", f'there is no API "{api}"', did_you_mean(api, names), status=404)
    log = node_of(StateDirectory(state)).access_log if state.is_dir() else None
    uses = {} if log is None else users_of(calls(log, Damage()), api)
    rows = [
        row for name in ([api] if api else sorted(names)) for row in _rows(names[name], intent, uses, now)
    ]
    return rows if api is None else _with_holders(rows, names[api], intent, _holders(state))


def _holders(state: Path) -> list[KeyHolder]:
    """Nobody where no control plane is."""
    directory = StateDirectory(state)
    if not directory.exists() or not directory.control.is_dir():
        return []
    control = open_control(directory)
    try:
        return control.keys.holders()
    finally:
        control.close()


def _with_holders(
    rows: Iterable[Row], api: ApiIntent, intent: Intent, holders: Sequence[KeyHolder]
) -> list[Row]:
    """Each with the applications whose keys may call it: keys are used at every gateway, a log is of one."""
    partners = {partner.name: partner for partner in intent.partners}
    versions = {version.name: version for version in api.versions}
    return [
        row
        | {
            "applications": [
                _held(row, holder)
                for holder in holders
                if holder.ring == row["ring"]
                and holder.restrictions.permit(api.name, row["version"])
                and _is_open_to(partners.get(holder.partner or ""), api, versions[row["version"]], holder)
            ]
        }
        for row in rows
    ]


def _held(row: Row, holder: KeyHolder) -> Row:
    """`used_at`: of its keys, whatever they called. `pinned`: requests of its that name no version mean this one."""
    called = ((user["consumer"], user["application"]) for user in row["users"])
    return {
        "application_id": holder.application_id,
        "consumer": holder.consumer,
        "application": holder.application,
        "keys": holder.keys,
        "used_at": None if holder.used_at is None else holder.used_at.isoformat().replace("+00:00", "Z"),
        "pinned": holder.pins.get(row["api"]) == row["version"],
        "called": (holder.consumer, holder.application) in called,
    }


def _is_open_to(
    partner: PartnerIntent | None, api: ApiIntent, version: VersionIntent, holder: KeyHolder
) -> bool:
    if holder.partner is None:
        return True
    if partner is None or (api.feature is not None and api.feature not in partner.features):
        return False
    return _may_use(partner, api, version)


def _may_use(partner: PartnerIntent, api: ApiIntent, version: VersionIntent) -> bool:
    return partner.versions is None or version.name in partner.versions.get(api.name, ())


def _proposed(estate: Path) -> Intent:
    found = assess(estate).intent
    if found is None:
        raise Refused("estate-unusable", "nothing of this estate could go live", "`ringwork plan` says why.")
    return found


def _live(state: Path) -> Intent:
    snapshot = read_snapshot(state / "control/exposure.json", state / "control/revisions/objects")
    if snapshot is None:
        help = "Apply an estate, or name its folder: `ringwork versions --estate FOLDER`."
        raise Refused("nothing-applied", f"nothing is live in {state}", help)
    return snapshot.intent


def _rows(api: ApiIntent, intent: Intent, uses: Mapping[User, Use], now: datetime) -> Iterator[Row]:
    for version in api.versions:
        for ring in (one.audience for one in intent.rings):
            if version.is_known_on(ring):
                yield _row(api, version, ring, intent, now) | {
                    "users": _users(api, version, ring, intent, uses, now)
                }


def _row(api: ApiIntent, version: VersionIntent, ring: Audience, intent: Intent, now: datetime) -> Row:
    stated = version.lifecycle.get(ring)
    return {
        "api": api.name,
        "version": version.name,
        "ring": ring.label,
        "default": version.name == api.default_version and len(api.versions) > 1,
        "state": state_at(version, ring, now),
        "deprecated": None if stated is None else written_day(stated.deprecated_at),
        "sunset": None if stated is None else written_day(stated.sunset_at),
        "successor": None if stated is None else stated.successor,
        "migration_guide": None if stated is None else stated.guide,
        "brownouts": [
            {"begins": written_moment(begins), "ends": written_moment(ends)}
            for begins, ends in (stated.brownouts if stated is not None else ())
        ],
        "declared_at": str(version.declared_at),
        "partners": _partners(api, version, intent, now) if ring is Audience.PARTNER else [],
    }


def _partners(api: ApiIntent, version: VersionIntent, intent: Intent, now: datetime) -> list[Row]:
    """Those who may use it, and on which day it ends for each. `acknowledged` None: it does not end for partners."""
    stated = version.lifecycle.get(Audience.PARTNER)
    ends = stated is not None and stated.sunset_at is not None
    found = ((partner, _agreed(partner, api, version)) for partner in intent.partners)
    return [
        {
            "partner": partner.name,
            "sunset": written_day(agreed),
            "acknowledged": agreed is not None if ends or agreed is not None else None,
            "state": _state_for(partner, api, version, now),
        }
        for partner, agreed in found
        if _may_use(partner, api, version)
    ]


def _agreed(partner: PartnerIntent | None, api: ApiIntent, version: VersionIntent) -> int | None:
    return None if partner is None else partner.sunsets.get(api.name, {}).get(version.name)


def _state_for(partner: PartnerIntent | None, api: ApiIntent, version: VersionIntent, now: datetime) -> str:
    return state_of(version.lifecycle.get(Audience.PARTNER), _agreed(partner, api, version), now)


def _users(
    api: ApiIntent,
    version: VersionIntent,
    ring: Audience,
    intent: Intent,
    uses: Mapping[User, Use],
    now: datetime,
) -> list[Row]:
    """Who called it last first; a partner's row says how the version stands for that partner."""
    partners = {partner.name: partner for partner in intent.partners}
    place = (api.name, version.name, ring.label)
    found = [(user, use) for user, use in uses.items() if (user.api, user.version, user.ring) == place]
    return [
        {
            "consumer": user.consumer,
            "application": user.application,
            "calls": use.calls,
            "refused": use.refused,
            "last": use.last,
            "state": (
                _state_for(partners.get(user.consumer), api, version, now)
                if ring is Audience.PARTNER
                else state_at(version, ring, now)
            ),
        }
        for user, use in sorted(found, key=lambda pair: pair[1].last, reverse=True)
    ]

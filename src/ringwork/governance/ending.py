"""Where a version stands at a moment, as its ring's gateway judges it, and what readers are told of it."""

from __future__ import annotations

from datetime import datetime
from math import inf

from ringwork.audience import Audience
from ringwork.intent.model import Intent, LifecycleIntent, VersionIntent
from ringwork.kernel.clock import written_day, written_moment
from ringwork.openapi.ending import Ending

SUPPORTED, DEPRECATED, BROWNOUT, SUNSET = "supported", "deprecated", "brownout", "sunset"


def state_at(version: VersionIntent, ring: Audience, now: datetime) -> str:
    """supported, deprecated, brownout or sunset; of a partner with a date of its own ask `state_of`."""
    return state_of(version.lifecycle.get(ring), None, now)


def state_of(stated: LifecycleIntent | None, agreed: int | None, now: datetime) -> str:
    """As `crates/wall/src/lifecycle.rs` decides. `agreed`: when it ends for a partner, seconds since the epoch."""
    moment = int(now.timestamp())
    sunset = agreed if agreed is not None or stated is None else stated.sunset_at
    if sunset is not None and sunset <= moment:
        return SUNSET
    if stated is None:
        return SUPPORTED
    if any(begins <= moment < ends for begins, ends in stated.brownouts):
        return BROWNOUT
    is_deprecated = stated.deprecated_at is not None and stated.deprecated_at <= moment
    return DEPRECATED if is_deprecated else SUPPORTED


def has_ended(intent: Intent, api: str, version: VersionIntent, ring: Audience, now: datetime) -> bool:
    """Whether nobody on a ring is answered by it any more: a partner may have agreed to a later day."""
    if state_at(version, ring, now) != SUNSET:
        return False
    partners = intent.partners if ring is Audience.PARTNER else ()
    agreed = (partner.sunsets.get(api, {}).get(version.name) for partner in partners)
    return all(end is None or end <= now.timestamp() for end in agreed)


def next_change(version: VersionIntent, ring: Audience, now: datetime) -> float:
    """When the version is next in another state, seconds since the Unix epoch; infinity: never."""
    stated = version.lifecycle.get(ring)
    if stated is None:
        return inf
    windows = (moment for window in stated.brownouts for moment in window)
    moments = (stated.deprecated_at, stated.sunset_at, *windows)
    return min((moment for moment in moments if moment and moment > now.timestamp()), default=inf)


def ending_for(version: VersionIntent, ring: Audience, now: datetime) -> Ending | None:
    """What the ring's document says of the version's end; None where none is decided."""
    stated = version.lifecycle.get(ring)
    if stated is None:
        return None
    moment = int(now.timestamp())
    facts = {
        "x-deprecated-at": written_day(stated.deprecated_at),
        "x-sunset": written_day(stated.sunset_at),
        "x-successor": stated.successor,
        "x-migration-guide": stated.guide,
    }
    return Ending(
        deprecated=stated.deprecated_at is not None and stated.deprecated_at <= moment,
        text=" ".join(_sentences(stated, moment)),
        facts={name: value for name, value in facts.items() if value is not None},
    )


def _sentences(stated: LifecycleIntent, moment: int) -> list[str]:
    said: list[str] = []
    if stated.deprecated_at is not None:
        verb = "is" if stated.deprecated_at <= moment else "will be"
        said.append(f"This version {verb} deprecated from {written_day(stated.deprecated_at)} on.")
    if stated.sunset_at is not None:
        said.append(f"It ends on {written_day(stated.sunset_at)}; from then on it answers 410.")
    ahead = [(begins, ends) for begins, ends in stated.brownouts if ends > moment]
    if ahead:
        windows = ", ".join(f"{written_moment(begins)} to {written_moment(ends)}" for begins, ends in ahead)
        said.append(f"It answers 503 for a while: {windows}.")
    if stated.successor is not None:
        said.append(f"Its successor is {stated.successor}.")
    if stated.guide is not None:
        said.append(f"How to move: <{stated.guide}>.")
    return said

"""Guessing credentials stays slow."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.audience.defaults import RING_DEFAULTS
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    allowed = subject.ring.bounds.failed_authentications_per_minute
    usual = RING_DEFAULTS[subject.audience].bounds.failed_authentications_per_minute
    if allowed > usual:
        message = f"an address may guess {allowed} times a minute, {usual} is usual"
        yield Found(message, subject.ring.declared_at)


RULE = Rule(
    code="audit-guessing",
    category="API2",
    what="A ring lets an address fail to authenticate no more often than the default.",
    why="Each failure more is a guess more: credential stuffing is a matter of tries per minute.",
    fix="Take failed_authentications_per_minute out of the ring's bounds, or make it smaller.",
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.WARN},
    check=check,
)

"""Callers are limited."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    agreed = subject.audience is Audience.PARTNER  # a partner without a limit is no partner
    if subject.ring.default_limit is None and not agreed:
        yield Found("whoever has no plan calls without a limit", subject.ring.declared_at)


RULE = Rule(
    code="audit-no-limit",
    category="API4",
    what="Every caller of a ring is under a limit.",
    why="One caller without a limit is all it takes to make a service too slow for everyone.",
    fix="Give the ring a default limit, or every plan and partner its own.",
    levels={Audience.INTERNAL: Level.WARN, Audience.PARTNER: Level.ERROR, Audience.PUBLIC: Level.ERROR},
    check=check,
)

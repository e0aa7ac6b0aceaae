"""Errors tell strangers nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    if subject.ring.errors != "sanitised":
        yield Found("errors leave with their details", subject.ring.declared_at)


RULE = Rule(
    code="audit-error-details",
    category="API8",
    what="Errors on outer rings are sanitised.",
    why="Stack traces and names of hosts are a map for whoever looks for a way in.",
    fix="Take errors: detailed out of the ring.",
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.ERROR},
    check=check,
)

"""Prototypes stay inside."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    if subject.version.upstream.is_mock and subject.intent.environment == "production":
        yield Found("answers are made up from the contract", subject.version.upstream.declared_at)


RULE = Rule(
    code="audit-prototype",
    category="API9",
    what="No prototype answers in production on an outer ring.",
    why="Answers made from a document are taken for real ones.",
    fix="Name the service in upstream, or keep the version internal.",
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

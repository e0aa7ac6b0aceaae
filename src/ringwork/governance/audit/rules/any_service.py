"""Services are named."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    unnamed = [operation for operation in subject.operations if not operation.intent.callers]
    if subject.api.callers is None and unnamed:
        yield Found(f"any service inside may call {len(unnamed)} operations", subject.api.declared_at)


RULE = Rule(
    code="audit-any-service",
    category="API5",
    what="An API says which services may call it.",
    why="One service that was taken over may call whatever does not say who may.",
    fix="Name its callers in api.yaml, or with x-callers on operations (docs/authorization.md).",
    levels={Audience.INTERNAL: Level.INFO},
    check=check,
)

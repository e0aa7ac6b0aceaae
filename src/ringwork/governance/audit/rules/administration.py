"""What administrators do stays inside."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import for_administrators
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        if not operation.intent.scopes and for_administrators(operation.intent.template):
            message = "this is for administrators, and whoever has a credential may call it"
            yield Found(message, operation.intent.declared_at, operation.name, pointer(operation.path))


RULE = Rule(
    code="audit-administration",
    category="API5",
    what="Operations for administration are not on outer rings, or demand a scope.",
    why="Their addresses are guessed first, and what they do is worth most.",
    fix="Label them x-audience: internal, or demand a scope of their own.",
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.ERROR},
    check=check,
)

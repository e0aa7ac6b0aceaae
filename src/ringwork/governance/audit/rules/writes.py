"""What changes something demands a scope."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        if operation.writes and not operation.intent.scopes and not operation.intent.bindings:
            message = "every credential of this ring may do this: it demands no scope"
            yield Found(message, operation.intent.declared_at, operation.name, pointer(operation.path))


RULE = Rule(
    code="audit-write-without-scope",
    category="API5",
    what="Operations that change something demand a scope of callers from outside.",
    why="A key that was made to read reports should not be able to cancel orders.",
    fix=(
        "Demand a scope for it (security of the operation, or x-scopes), and give keys only what they need."
    ),
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

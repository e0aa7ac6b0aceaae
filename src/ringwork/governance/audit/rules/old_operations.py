"""What is deprecated goes."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        if operation.value.get("deprecated") is True:
            message = "deprecated, and still answered"
            yield Found(message, operation.intent.declared_at, operation.name, pointer(operation.path))


RULE = Rule(
    code="audit-deprecated",
    category="API9",
    what="No deprecated operation is left on an outer ring without being counted.",
    why="What nobody looks after any more is not mended any more.",
    fix="Say when it ends, tell those who call it, and take it away.",
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.INFO},
    check=check,
)

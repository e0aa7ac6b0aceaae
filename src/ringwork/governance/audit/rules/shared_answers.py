"""Kept answers are not shown to others."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    cache = subject.version.cache
    if cache is None or not cache.shared:
        return
    sensitive = {item.through for item in subject.exposed if item.way == "read" and item.sensitive}
    for operation in subject.operations:
        own = operation.intent.bindings or operation.name in sensitive
        if own and cache.covers(operation.intent):
            message = "answers that are the caller's own are kept and shared by all callers"
            yield Found(message, operation.intent.declared_at, operation.name, pointer(operation.path))


RULE = Rule(
    code="audit-shared-answers",
    category="API8",
    what="Responses that depend on who calls are not shared between callers.",
    why="The second caller reads what the first was sent.",
    fix="Take shared out of cache, or name operations that answer everyone alike.",
    levels={Audience.PARTNER: Level.ERROR, Audience.PUBLIC: Level.ERROR},
    check=check,
)

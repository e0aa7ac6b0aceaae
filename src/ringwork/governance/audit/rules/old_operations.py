"""What is deprecated goes, on a day."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Operation, Subject, pointer
from ringwork.governance.ending import SUPPORTED, state_at
from ringwork.kernel.clock import written_day
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    stated = subject.version.lifecycle.get(subject.audience)
    if stated is not None and stated.sunset_at is not None:
        return  # all of it ends with the version
    if stated is not None and state_at(subject.version, subject.audience, subject.now) != SUPPORTED:
        since = written_day(stated.deprecated_at)
        yield Found(f"deprecated since {since}, and nobody says when it ends", stated.declared_at)
    for operation in subject.operations:
        if operation.value.get("deprecated") is True and not _ends(operation):
            message = "deprecated, still answered, and nobody says until when"
            yield Found(message, operation.intent.declared_at, operation.name, pointer(operation.path))


def _ends(operation: Operation) -> bool:
    ending = operation.intent.ending
    return ending is not None and ending.sunset_at is not None


RULE = Rule(
    code="audit-deprecated",
    category="API9",
    what="What is deprecated on an outer ring ends on a day that is decided.",
    why="What nobody looks after any more is not mended any more.",
    fix=(
        "Say when it ends (sunset of the version, x-sunset of the operation: docs/versions.md), and tell those "
        "who call it: ringwork versions."
    ),
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.INFO},
    check=check,
)

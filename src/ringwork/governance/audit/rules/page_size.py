"""How much is asked for at once is bounded."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import is_size
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        for one in subject.parameters(operation):
            if one.place != "query" or not is_size(one):
                continue
            bounded = any(word in one.schema for word in ("maximum", "exclusiveMaximum", "enum", "const"))
            if not bounded or not subject.holds_requests:
                why = "has no maximum" if not bounded else "has a maximum that is not held here"
                message = f"{one.name} {why}"
                yield Found(message, subject.at(one.path), operation.name, pointer(one.path), one.name)


RULE = Rule(
    code="audit-page-size",
    category="API4",
    what="Parameters that say how many are wanted have a maximum that the gateway holds.",
    why="limit=1000000000 is one request to every limit, and a million pages to the database.",
    fix="Give it a maximum (and keep the ring out of observe mode, so that it is held).",
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.WARN},
    check=check,
)

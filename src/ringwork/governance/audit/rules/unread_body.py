"""Bodies are read by the gateway."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for item in subject.exposed:
        if item.way == "opaque":
            yield Found("bodies pass unread", item.location, item.through or item.name)


RULE = Rule(
    code="audit-unread-body",
    category="API3",
    what="No operation passes bodies unread (x-opaque).",
    why="What is not read is neither projected nor validated: whatever the service puts in leaves.",
    fix="Describe the body with a schema and take x-opaque away.",
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.WARN},
    check=check,
)

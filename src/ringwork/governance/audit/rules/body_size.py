"""Bodies are not larger than they need to be."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.audience.defaults import RING_DEFAULTS
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    usual = RING_DEFAULTS[subject.audience].max_body_bytes
    allowed = subject.version.max_body_bytes.get(subject.audience, usual)
    writes = [operation for operation in subject.operations if "requestBody" in operation.value]
    if allowed > usual and writes:
        message = f"{len(writes)} operations take bodies of {allowed:,} bytes, {usual:,} is usual"
        yield Found(message, subject.place)


RULE = Rule(
    code="audit-body-size",
    category="API4",
    what="A version takes no larger bodies from a ring than that ring does by default.",
    why="Each byte is read, held and checked before anyone knows whether it was worth it.",
    fix="Make max_body_bytes smaller, or say in a waiver what is uploaded.",
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

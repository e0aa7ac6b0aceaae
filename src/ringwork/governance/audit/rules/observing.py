"""Nothing undeclared passes."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    if subject.version.observe is not None:
        message = "the contract is observed here, not held"
        yield Found(message, subject.version.observe.declared_at)


RULE = Rule(
    code="audit-observing",
    category="API3",
    what="A version is not in observe mode.",
    why=(
        "While it observes, requests that break the contract and fields nobody declared pass to and from "
        "the outside."
    ),
    fix="Declare what was observed (ringwork observe), and take observe out of api.yaml.",
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.ERROR},
    check=check,
)

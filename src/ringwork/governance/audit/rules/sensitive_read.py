"""Sensitive values leave to those who may have them."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    open_to_all = {
        operation.name: operation
        for operation in subject.operations
        if not operation.intent.scopes and not operation.intent.bindings
    }
    for item in subject.exposed:
        clear = item.way == "read" and item.sensitive and not item.mask(subject.audience)
        operation = open_to_all.get(item.through)
        if clear and operation is not None:
            message = f"{item.name} ({item.sensitive}) leaves in the clear to whoever has a credential"
            yield Found(message, item.location, operation.name, pointer(operation.path), item.name)


RULE = Rule(
    code="audit-sensitive-read",
    category="API3",
    what=(
        "An operation that sends sensitive values in the clear demands a scope, or binds what it reads to"
        " the caller."
    ),
    why=(
        "Personal, payment and health data in an answer anyone with any key may ask for is a breach that "
        "works as designed."
    ),
    fix=(
        "Demand a scope (security, x-scopes), bind the object (x-authorize), mask the field (mask), or "
        "label it narrower."
    ),
    levels={Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.ERROR},
    check=check,
)

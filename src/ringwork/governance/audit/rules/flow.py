"""Business flows are not run by scripts."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import is_flow
from ringwork.style.model import Level

# Calls a minute nobody needs who buys, books or signs up.
_MANY = 60


def check(subject: Subject) -> Iterator[Found]:
    whose, most = max(subject.limits, key=lambda one: one[1].per_minute, default=("", None))
    if most is None or most.per_minute <= _MANY:
        return
    for operation in subject.operations:
        intent = operation.intent
        guarded = intent.scopes or intent.bindings or intent.feature
        if operation.writes and not guarded and is_flow(intent.template):
            message = f"one caller may do this {most.per_minute:,} times a minute ({whose})"
            yield Found(message, intent.declared_at, operation.name, pointer(operation.path))


RULE = Rule(
    code="audit-flow",
    category="API6",
    what=(
        "An operation that buys, books, pays, signs up or votes cannot be called sixty times a minute by "
        "one caller."
    ),
    why=(
        "Every request is fine, and all of them together empty the shop: scalping, spam, mass registration."
    ),
    fix=(
        "Give it a plan with a lower limit, demand a scope only some have, or a feature; then waive this "
        "with what you did."
    ),
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

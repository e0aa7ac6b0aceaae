"""Objects named by id are bound to who calls."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import is_id
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        named = [one for one in subject.parameters(operation) if one.place == "path" and is_id(one)]
        if named and not operation.intent.bindings:
            names = ", ".join(dict.fromkeys(one.name for one in named))
            message = f"{names} may be anyone's: nothing binds it to the caller"
            yield Found(message, operation.intent.declared_at, operation.name, pointer(operation.path))


RULE = Rule(
    code="audit-object-owner",
    category="API1",
    what=(
        "An operation that names an object in its path binds that name, or the object in its body, to the"
        " caller."
    ),
    why=(
        "Whoever changes the id in the address reads what belongs to others. A gateway can refuse that "
        "only where it knows whose the id is."
    ),
    fix=(
        "Bind it with x-authorize (docs/authorization.md), or waive this with the reason why the service "
        "itself checks the owner."
    ),
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

"""Services call no address a caller names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import is_address
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        taken = [(one.name, one.schema, one.path) for one in subject.parameters(operation)]
        for name, schema, path in (*taken, *subject.sent(operation)):
            if is_address(name, schema) and not _is_bound(subject, schema):
                message = f"{name} may be any address, and the service that opens it stands inside"
                yield Found(message, subject.at(path), operation.name, pointer(path), name)


def _is_bound(subject: Subject, schema: Mapping[str, Any]) -> bool:
    items = schema.get("items")
    told = items if isinstance(items, dict) else schema
    bound = any(word in told for word in ("enum", "const", "pattern"))
    return bound and (subject.holds_requests or not subject.is_outer)


RULE = Rule(
    code="audit-address-taken",
    category="API7",
    what="No parameter and no field takes an address freely.",
    why="The service that calls it stands inside: it reaches what the caller never could.",
    fix=(
        "Take a name of a list (enum), or bound it by a pattern with the hosts that are meant; check it "
        "again in the service."
    ),
    levels={Audience.INTERNAL: Level.INFO, Audience.PARTNER: Level.WARN, Audience.PUBLIC: Level.WARN},
    check=check,
)

"""Secrets are not sent in addresses."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import is_secret
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        for one in subject.parameters(operation):
            if one.place in ("path", "query") and is_secret(one):
                message = f"{one.name} is sent in the address"
                yield Found(message, subject.at(one.path), operation.name, pointer(one.path), one.name)


RULE = Rule(
    code="audit-secret-in-address",
    category="API2",
    what="No parameter of a path or a query carries a password, a token or a key.",
    why="Addresses stand in logs, histories and Referer headers of everyone on the way.",
    fix="Send it in a header or in the body.",
    levels={Audience.INTERNAL: Level.WARN, Audience.PARTNER: Level.ERROR, Audience.PUBLIC: Level.ERROR},
    check=check,
)

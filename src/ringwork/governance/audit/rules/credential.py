"""A ring knows its callers."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    if not subject.has_credentials:
        message = "the gateway takes no credential here: every caller is a stranger"
        yield Found(message, subject.ring.declared_at)


RULE = Rule(
    code="audit-no-credential",
    category="API2",
    what="A ring takes at least one kind of credential.",
    why="Without one nobody is known: no limit is fair, nothing can be revoked.",
    fix=(
        "Turn on what the ring takes by default (api_key, mtls or service_token), or name an issuer of "
        "tokens."
    ),
    levels={Audience.INTERNAL: Level.ERROR, Audience.PARTNER: Level.ERROR, Audience.PUBLIC: Level.ERROR},
    check=check,
)

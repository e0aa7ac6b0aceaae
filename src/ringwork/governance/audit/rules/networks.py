"""The internal ring is inside."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    networks = subject.ring.networks
    if not networks or any(one.endswith("/0") for one in networks):
        yield Found("the internal ring takes calls of any network", subject.ring.declared_at)


RULE = Rule(
    code="audit-internal-networks",
    category="API8",
    what="The internal ring takes calls of named networks only.",
    why="What is meant for services inside trusts its callers more than anything outside deserves.",
    fix="Name its networks, or leave them as they are by default.",
    levels={Audience.INTERNAL: Level.ERROR},
    check=check,
)

"""A service is not asked more than it can answer."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    upstream = subject.version.upstream
    if upstream.breaker is None and not upstream.is_mock:
        yield Found("nothing bounds what all callers ask of the service at once", upstream.declared_at)


RULE = Rule(
    code="audit-no-breaker",
    category="API4",
    what="The service behind an API that strangers call has a circuit breaker.",
    why="Limits are per caller; what all callers do at once is bounded by the breaker alone.",
    fix="Say in upstream.breaker how many requests the service takes at once (docs/upstreams.md).",
    levels={Audience.PUBLIC: Level.INFO},
    check=check,
)

"""Pages of other origins are named."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    cors = subject.version.cors
    if cors is not None and "*" in cors.origins:
        how = "with credentials of the browser" if cors.credentials else "and read the answers"
        yield Found(f"pages of any origin may call {how}", subject.place)


RULE = Rule(
    code="audit-cors",
    category="API8",
    what="cors names origins, or takes no credentials of browsers.",
    why="Any page somebody has open can call with what the browser knows.",
    fix="Name the origins that are yours.",
    levels={Audience.PUBLIC: Level.WARN},
    check=check,
)

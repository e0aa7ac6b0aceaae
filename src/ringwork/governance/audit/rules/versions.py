"""Few versions live at once."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    known = [one for one in subject.api.versions if one.is_known_on(subject.audience)]
    if len(known) > 2 and subject.version is known[0]:
        names = ", ".join(one.name for one in known)
        yield Found(f"{len(known)} versions live at once: {names}", subject.place)


RULE = Rule(
    code="audit-versions",
    category="API9",
    what="An outer ring has at most two versions of an API.",
    why="Each version more is one more to watch, to mend and to forget.",
    fix="Let the oldest end.",
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

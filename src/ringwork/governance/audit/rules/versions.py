"""Few versions live at once."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject
from ringwork.intent.model import VersionIntent
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    staying = [one for one in subject.versions if not _ends(one, subject.audience)]
    if len(staying) > 2 and subject.version is staying[0]:
        names = ", ".join(one.name for one in staying)
        yield Found(f"{len(staying)} versions live at once, and none of them ends: {names}", subject.place)


def _ends(version: VersionIntent, ring: Audience) -> bool:
    """Whether its day is decided: somebody looks after it."""
    stated = version.lifecycle.get(ring)
    return stated is not None and stated.sunset_at is not None


RULE = Rule(
    code="audit-versions",
    category="API9",
    what="An outer ring has at most two versions of an API whose end is not decided.",
    why="Each version more is one more to watch, to mend and to forget.",
    fix="Let the oldest end: deprecated, sunset and successor in api.yaml (docs/versions.md).",
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)

"""A difference for programs and for people: JSON, Markdown, and oasdiff's own JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ringwork.difference.model import Direction, Level
from ringwork.difference.policy import POLICIES
from ringwork.difference.report import Cause, Difference, fingerprint, identity
from ringwork.difference.uses import Judged
from ringwork.kernel.findings import Finding, Location

# Operations a line of text names; JSON has all.
_NAMED = 5
_TITLES = {Level.ERROR: "Breaking", Level.WARNING: "May break", Level.INFO: "Other changes"}


def as_dict(found: Difference, *, flat: bool) -> dict[str, Any]:
    """Our own form. `flat`: each finding by itself, instead of what it reaches within it."""
    policy = None if found.ring is None else POLICIES[found.ring].word
    listed = (
        [_flat(found, one) for one in found.flat]
        if flat
        else [_cause(found, cause) for cause in found.causes]
    )
    counts = Counter(one["level"] for one in listed)
    return {
        "old": found.old,
        "new": found.new,
        "ring": None if found.ring is None else found.ring.label,
        "policy": policy,
        "breaking": any(cause.level is Level.ERROR for cause in found.causes),
        "counts": {level.label: counts[level.label] for level in reversed(Level)},
        "version": {"step": found.suggestion.step, "suggested": found.suggestion.version},
        "complete": found.whole,
        "findings": listed,
    }


def _cause(found: Difference, cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "rule": cause.worst.change.slug,
        "level": cause.level.label,
        "severity": cause.severity.label,
        "text": cause.text,
        **_places(found, cause.worst),
        "fingerprint": cause.fingerprint,
        "operations": len(cause.operations),
        "reaches": [_reach(one) for one in cause.reaches],
    }


def _reach(one: Judged) -> dict[str, Any]:
    use = one.place.use
    return {
        "id": one.id,
        "level": one.level.label,
        "operation": use.operation.method or None,
        "path": use.operation.path or None,
        "section": use.operation.section,
        "operation_id": use.operation.id or None,
        "in": use.subject,
        "property": one.path or None,
    }


def _flat(found: Difference, one: Judged) -> dict[str, Any]:
    return {
        **_reach(one),
        "text": one.text,
        **_places(found, one),
        "fingerprint": fingerprint(identity(one)),
    }


def _places(found: Difference, one: Judged) -> dict[str, Any]:
    sides = {"old": found.locations.old(one.change), "new": found.locations.new(one.change)}
    return {
        side: place and {"file": place.file, "line": place.line, "column": place.column}
        for side, place in sides.items()
    }


def oasdiff_json(found: Difference) -> list[dict[str, Any]]:
    """What `oasdiff changelog --format json` prints: its ids, its levels as numbers; what it has no rule for is not
    in it.
    """
    return [_as_theirs(found, one) for one in found.flat if one.comparable is not None]


def _as_theirs(found: Difference, one: Judged) -> dict[str, Any]:
    operation = one.place.use.operation
    told = {
        "id": one.id,
        "text": one.text,
        "level": int(one.comparable or one.level),
        "operation": operation.method,
        "operationId": operation.id,
        "path": operation.path,
        "section": operation.section,
        "baseSource": _source(found.locations.old(one.change)),
        "revisionSource": _source(found.locations.new(one.change)),
        "fingerprint": fingerprint(identity(one)),
    }
    return {key: value for key, value in told.items() if value not in ("", None)}


def _source(place: Location | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place.file, "line": place.line, "column": place.column}


def as_findings(found: Difference) -> list[Finding]:
    """For formatters that know findings: where it is now, or else where it was."""
    return [_finding(found, cause) for cause in found.causes]


def _finding(found: Difference, cause: Cause) -> Finding:
    change = cause.worst.change
    place = found.locations.new(change) or found.locations.old(change) or Location(found.new)
    advice = POLICIES[found.ring].advice if found.ring is not None and cause.level is Level.ERROR else ""
    help = f"Reaches {reach_text(cause)}.{' ' if advice else ''}{advice}"
    return Finding(cause.id, cause.severity, cause.text, help, place)


def reach_text(cause: Cause) -> str:
    """`GET /orders, POST /orders and 12 more operations`, and in which direction."""
    operations = [str(operation) for operation in cause.operations]
    more = len(operations) - _NAMED
    named = ", ".join(operations[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    sides = {one.place.use.side for one in cause.reaches if one.place.use.scope}
    if sides == set(Direction):
        return f"{named}, in requests and responses"
    return named


def markdown(found: Difference) -> str:
    """A changelog: what breaks, what may, what else; each cause a line."""
    ring = "" if found.ring is None else f" for the {found.ring.label} ring"
    lines = [f"# Changes{ring}", "", f"`{_code(found.old)}` → `{_code(found.new)}`", "", summary(found), ""]
    for level in reversed(Level):
        causes = [cause for cause in found.causes if cause.level is level]
        if causes:
            lines += [f"## {_TITLES[level]}", "", *map(_line, causes), ""]
    if found.ring is not None and any(cause.level is Level.ERROR for cause in found.causes):
        policy = POLICIES[found.ring]
        lines += [f"Policy of this ring: {policy.word}. {policy.advice}", ""]
    return "\n".join(lines)


def _line(cause: Cause) -> str:
    return f"- {_inline(cause.text)} — {_inline(reach_text(cause))} (`{cause.id}`)"


def _inline(text: str) -> str:
    """On one line; nothing in it is markup but code."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable.replace("<", "&lt;").replace("[", "\\[").replace("|", "\\|")


def _code(text: str) -> str:
    return "".join(character if character.isprintable() and character != "`" else " " for character in text)


def summary(found: Difference) -> str:
    """One sentence of counts, one on the version."""
    counts = Counter(cause.level for cause in found.causes)
    words = {Level.ERROR: "breaking", Level.WARNING: "may break", Level.INFO: "others"}
    said = ", ".join(f"{counts[level]:,} {word}" for level, word in words.items() if counts[level])
    told = f"{said[0].upper() + said[1:]}." if said else "No change that callers notice."
    step, version = found.suggestion
    advised = "" if step == "none" else f" Version: a {step} step{f', {version}' if version else ''}."
    return told + advised

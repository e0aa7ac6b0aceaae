"""The document's own version against what changed (Semantic Versioning 2.0.0)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from ringwork.difference.model import Level

Step = Literal["major", "minor", "patch", "none"]
_VERSION = re.compile(r"v?(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:[-+].*)?")


class Suggestion(NamedTuple):
    """The step the change asks for; the version after it, None where the old one is no semantic version."""

    step: Step
    version: str | None


def suggested(old: str | None, levels: Iterable[Level], *, differs: bool) -> Suggestion:
    """`differs`: whether the texts are others, descriptions included."""
    worst = max(levels, default=None)
    step: Step = "patch" if differs else "none"
    if worst is not None:
        step = "major" if worst is Level.ERROR else "minor"
    return Suggestion(step, _after(old, step))


def _after(old: str | None, step: Step) -> str | None:
    parsed = parsed_version(old)
    if parsed is None:
        return None
    major, minor, patch = parsed
    if major == 0 and step == "major":
        step = "minor"  # before 1.0.0 everything may change (section 4)
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
        "none": f"{major}.{minor}.{patch}",
    }[step]


def parsed_version(text: str | None) -> tuple[int, int, int] | None:
    found = _VERSION.fullmatch(text or "")
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def version_slug(old: str | None, new: str | None) -> str | None:
    """What is wrong with the version of a document that breaks those who call it."""
    before, after = parsed_version(old), parsed_version(new)
    if before is None or after is None:
        return None
    if old == new:
        return "api-version-not-bumped"
    if after <= before:
        return "api-version-decreased"
    broke = after[1] > before[1] if before[0] == after[0] == 0 else after[0] > before[0]
    return None if broke else "api-major-version-not-bumped"

"""The published table: every id, oasdiff's level and ours, and why where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ringwork.difference.model import Level
from ringwork.difference.table import IDS

# Of oasdiff's ids those that are not ours, and why.
ABSENT: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "request-body-media-type-item-schema-added",
            "request-body-media-type-item-schema-removed",
            "response-body-media-type-item-schema-added",
            "response-body-media-type-item-schema-removed",
            "response-body-media-type-item-schema-removed-untyped",
        ),
        "`itemSchema` is OpenAPI 3.2, which is not read yet.",
    ),
    **dict.fromkeys(
        (
            "api-deprecated-sunset-missing",
            "request-parameter-deprecated-sunset-missing",
            "request-property-deprecated-sunset-missing",
            "response-property-deprecated-sunset-missing",
        ),
        "oasdiff tells it under a deprecation policy only. How long something is kept is the ring's policy.",
    ),
}

_MUST_CHANGE = "As oasdiff since 1.34 or 1.35: who sent or read it must change."
WHY: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "api-security-component-type-changed",
            "api-security-component-oauth-url-changed",
            "api-security-component-oauth-token-url-changed",
            "request-optional-property-became-read-only",
            "request-required-property-became-read-only",
            "request-required-property-became-not-read-only",
            "response-required-property-became-write-only",
        ),
        _MUST_CHANGE,
    ),
    **dict.fromkeys(
        ("request-property-one-of-added", "response-body-one-of-removed", "response-property-one-of-removed"),
        "An error where alternatives come to a schema without any, or all go, and not everything fits any more.",
    ),
    "response-property-pattern-changed": "An error where the new pattern accepts everything, a warning else.",
    "request-parameter-property-type-changed": "Said only where a text can stand for what it was: nothing is refused.",
}


class Mapped(NamedTuple):
    """`theirs`: None for an id oasdiff 1.33 does not have. `ours`: None for what is not judged."""

    id: str
    theirs: Level | None
    ours: Level | None
    note: str


def mapping() -> list[Mapped]:
    """All ids, sorted."""
    return [Mapped(id, theirs, ours, _note(id, theirs, ours)) for id, (theirs, ours) in sorted(IDS.items())]


def _note(id: str, theirs: Level | None, ours: Level | None) -> str:
    if ours is None:
        return ABSENT.get(id, "")
    return WHY.get(id, "") if theirs is not None and theirs is not ours else ""

"""`styles/policy.yaml`: what style rules are not held to, for how long, and why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ringwork.manifest.values import AudienceWord, Day, Manifest, Many, Name, Text, VersionName, refuse

# The file of `styles/` that is no ruleset.
POLICY = "policy"


def _pointer(text: str) -> str:
    if not text.startswith("/"):
        refuse("this is no place in a document", "Write a JSON Pointer, such as /paths/~1orders/get.")
    return text


class WaiverManifest(Manifest):
    """One rule that does not hold for one API, until a day."""

    rule: Text
    """The rule's code."""
    api: Name
    version: VersionName | None = None
    """Default: every version."""
    ring: AudienceWord | None = None
    """Default: every ring."""
    at: Annotated[Text, AfterValidator(_pointer)] | None = None
    """Default: everywhere. A JSON Pointer into the ring's document; what lies below it is meant too."""
    until: Day
    """The last day (UTC) of it: from the next on, the rule holds again."""
    reason: Text


class IncubationManifest(Manifest):
    """An API that is still being tried: findings about it are hints."""

    api: Name
    until: Day
    """The last day (UTC) of it."""


class StylePolicyManifest(Manifest):
    """How style rules are applied (`styles/policy.yaml`)."""

    sensitive: Literal["stricter", "same"] = "stricter"
    """Findings about operations that carry values marked `x-sensitive`: one severity worse, or as about any other."""
    incubation: Annotated[Many[IncubationManifest], Field(max_length=1_000)] = ()
    waivers: Annotated[Many[WaiverManifest], Field(max_length=1_000)] = ()

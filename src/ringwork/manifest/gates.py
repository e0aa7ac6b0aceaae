"""`styles/gates.yaml`: what a change of an API has to pass before it goes live, and who approves what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from ringwork.audience import Audience
from ringwork.manifest.values import AudienceWord, Day, Manifest, Many, Name, Text, VersionName

# The file of `styles/` that is neither a ruleset nor the style policy.
GATES_FILE = "gates"

Gate = Literal["design", "breaking", "naming", "security", "documentation", "launch"]
# In the order a change meets them.
GATES: tuple[Gate, ...] = ("design", "breaking", "naming", "security", "documentation", "launch")

Automatic = Literal["nothing", "shown", "enforced"]
Asked = Literal["never", "always", "found", "first"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a demand comes to. `automatic`: what is found is nothing, shown, or keeps the API back. `asked`: when people
    have to approve: never; always; when something is found, which then keeps nothing back; when a ring gets the API
    for the first time.
    """

    automatic: Automatic
    asked: Asked


# All words of all gates. One table.
MEANINGS: Mapping[tuple[str, str], Meaning] = {
    ("design", "none"): Meaning("nothing", "never"),
    ("design", "approval"): Meaning("nothing", "always"),
    ("breaking", "coordinate"): Meaning("shown", "never"),
    ("breaking", "agreement"): Meaning("shown", "found"),
    ("breaking", "12-months"): Meaning("enforced", "never"),
    ("naming", "suggested"): Meaning("shown", "never"),
    ("naming", "enforced"): Meaning("enforced", "never"),
    ("security", "suggested"): Meaning("shown", "never"),
    ("security", "automatic"): Meaning("enforced", "never"),
    ("security", "automatic-and-manual"): Meaning("enforced", "always"),
    ("documentation", "team"): Meaning("shown", "never"),
    ("documentation", "writer-review"): Meaning("enforced", "always"),
    ("launch", "feature-flag"): Meaning("shown", "never"),
    ("launch", "general-availability"): Meaning("nothing", "first"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """One gate of one ring as it holds. `approvers` empty where nobody is ever asked."""

    demand: str
    approvers: tuple[str, ...]
    quorum: int
    meaning: Meaning


# What holds where `gates.yaml` says nothing (requirement C7): demand, and the group that approves.
_INSIDE: Mapping[str, tuple[str, str]] = {
    "design": ("approval", "team-leads"),
    "breaking": ("coordinate", ""),
    "naming": ("suggested", ""),
    "security": ("automatic", ""),
    "documentation": ("team", ""),
    "launch": ("feature-flag", ""),
}
_OUTSIDE: Mapping[str, tuple[str, str]] = {
    "design": ("approval", "api-review-board"),
    "breaking": ("12-months", "partner-agreements"),
    "naming": ("enforced", ""),
    "security": ("automatic-and-manual", "security-review"),
    "documentation": ("writer-review", "documentation-review"),
    "launch": ("general-availability", "launch-review"),
}
_USUAL: Mapping[Audience, Mapping[str, tuple[str, str]]] = {
    Audience.INTERNAL: _INSIDE,
    # Who they are is known, so a date is agreed with them.
    Audience.PARTNER: {**_OUTSIDE, "breaking": ("agreement", "partner-agreements")},
    Audience.PUBLIC: _OUTSIDE,
}

Approvers = Annotated[Many[Name], Field(max_length=20)]
Quorum = Annotated[int, Field(ge=1, le=20)]


class _GateManifest(Manifest):
    approvers: Approvers = ()
    """Groups (`groups/*.yaml`) whose members approve; default: that of the ring (docs/gates.md)."""
    quorum: Quorum = 1
    """So many of their members have to."""


class DesignManifest(_GateManifest):
    demand: Literal["none", "approval"] | None = None
    """`approval`: every change is approved. Default: that of the ring, as of all gates."""


class BreakingManifest(_GateManifest):
    demand: Literal["coordinate", "agreement", "12-months"] | None = None
    """`coordinate`: shown. `agreement`: approved by who agreed it with those who call. `12-months`: nothing that breaks
    goes live; what goes is deprecated and kept, or waived on record.
    """


class NamingManifest(_GateManifest):
    demand: Literal["suggested", "enforced"] | None = None
    """`enforced`: style findings of severity error, less those of the next two gates, keep the API back."""


class SecurityManifest(_GateManifest):
    demand: Literal["suggested", "automatic", "automatic-and-manual"] | None = None
    """`automatic`: style findings of security and of severity error keep the API back, and so does what the audit finds
    new; `automatic-and-manual`: and every change is approved.
    """


class DocumentationManifest(_GateManifest):
    demand: Literal["team", "writer-review"] | None = None
    """`team`: its own matter. `writer-review`: texts that are missing (severity error) keep the API back, and every
    change is approved.
    """


class LaunchManifest(_GateManifest):
    demand: Literal["feature-flag", "general-availability"] | None = None
    """`feature-flag`: the team turns it on for whom it likes; an API that begins with everyone at once is shown.
    `general-availability`: approved once, when the ring gets the API for the first time.
    """


class DesignByRing(Manifest):
    internal: DesignManifest = DesignManifest()
    partner: DesignManifest = DesignManifest()
    public: DesignManifest = DesignManifest()


class BreakingByRing(Manifest):
    internal: BreakingManifest = BreakingManifest()
    partner: BreakingManifest = BreakingManifest()
    public: BreakingManifest = BreakingManifest()


class NamingByRing(Manifest):
    internal: NamingManifest = NamingManifest()
    partner: NamingManifest = NamingManifest()
    public: NamingManifest = NamingManifest()


class SecurityByRing(Manifest):
    internal: SecurityManifest = SecurityManifest()
    partner: SecurityManifest = SecurityManifest()
    public: SecurityManifest = SecurityManifest()


class DocumentationByRing(Manifest):
    internal: DocumentationManifest = DocumentationManifest()
    partner: DocumentationManifest = DocumentationManifest()
    public: DocumentationManifest = DocumentationManifest()


class LaunchByRing(Manifest):
    internal: LaunchManifest = LaunchManifest()
    partner: LaunchManifest = LaunchManifest()
    public: LaunchManifest = LaunchManifest()


class GateWaiverManifest(Manifest):
    """What one gate finds about one API does not count, until a day."""

    gate: Gate
    api: Name
    version: VersionName | None = None
    """Default: every version."""
    ring: AudienceWord | None = None
    """Default: every ring."""
    finding: Text | None = None
    """Its code, or (of a breaking change) its fingerprint, as the plan shows them. Default: all of the gate."""
    until: Day
    """The last day (UTC) of it."""
    reason: Text


class GatesManifest(Manifest):
    """What a change has to pass (`styles/gates.yaml`); with this file, what has not passed stays behind."""

    design: DesignByRing = DesignByRing()
    breaking: BreakingByRing = BreakingByRing()
    naming: NamingByRing = NamingByRing()
    security: SecurityByRing = SecurityByRing()
    documentation: DocumentationByRing = DocumentationByRing()
    launch: LaunchByRing = LaunchByRing()
    waivers: Annotated[Many[GateWaiverManifest], Field(max_length=1_000)] = ()

    def terms(self, gate: Gate, ring: Audience) -> Terms:
        """As it holds, defaults included."""
        said: Any = getattr(getattr(self, gate), ring.label)
        usual, group = _USUAL[ring][gate]
        demand = said.demand or usual
        meaning = MEANINGS[gate, demand]
        asked = meaning.asked != "never"
        approvers = (said.approvers or (group or _OUTSIDE[gate][1],)) if asked else ()
        return Terms(demand, tuple(approvers), said.quorum, meaning)

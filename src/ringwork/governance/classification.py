"""Which audience an API should have, from a few questions about who uses it (requirement A2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from ringwork.audience import RING_DEFAULTS, Audience
from ringwork.audience.defaults import RingDefaults


class Consumers(StrEnum):
    """Who consumes it."""

    OWN_TEAMS = "own-teams"
    KNOWN_ORGANISATIONS = "known-organisations"
    ANYONE = "anyone"


class Channel(StrEnum):
    """How you reach them."""

    CHAT_OR_MEETING = "chat-or-meeting"
    NAMED_CONTACTS = "named-contacts"
    ANNOUNCEMENTS = "announcements"


class Trust(StrEnum):
    """How far you trust them."""

    COLLEAGUES = "colleagues"
    CONTRACT = "contract"
    NONE = "none"


class BreakingChange(StrEnum):
    """What a breaking change costs them."""

    A_COORDINATED_RELEASE = "a-coordinated-release"
    A_PROJECT = "a-project"
    WE_CANNOT_KNOW = "we-cannot-know"


class Enforcement(StrEnum):
    """Whether you can make them use it, and use it well."""

    BY_RULES = "by-rules"
    BY_AGREEMENT = "by-agreement"
    NOT_AT_ALL = "not-at-all"


class SourceAccess(StrEnum):
    """Whether they can read the source."""

    CAN_READ = "can-read"
    CANNOT_READ = "cannot-read"


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known about the consumers; None where a question was not answered."""

    consumers: Consumers | None = None
    channel: Channel | None = None
    trust: Trust | None = None
    breaking_change: BreakingChange | None = None
    enforcement: Enforcement | None = None
    source_access: SourceAccess | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, field.name) is None for field in fields(self))


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `name` is the field of `Answers`, `choices` are members of its enumeration and their texts."""

    name: str
    text: str
    choices: Mapping[str, str]


QUESTIONS: tuple[Question, ...] = (
    Question(
        "consumers",
        "Who consumes this API?",
        {
            Consumers.OWN_TEAMS: "teams and services of our own organisation",
            Consumers.KNOWN_ORGANISATIONS: "other organisations that we know by name",
            Consumers.ANYONE: "any developer who finds it useful",
        },
    ),
    Question(
        "channel",
        "How do you reach them?",
        {
            Channel.CHAT_OR_MEETING: "in our chat, or we meet",
            Channel.NAMED_CONTACTS: "a named contact at each of them",
            Channel.ANNOUNCEMENTS: "announcements only: documentation, mailing list, status page",
        },
    ),
    Question(
        "trust",
        "How far do you trust them?",
        {
            Trust.COLLEAGUES: "as colleagues: same rules, same incident process",
            Trust.CONTRACT: "as far as a contract goes",
            Trust.NONE: "not at all: anyone could be calling",
        },
    ),
    Question(
        "breaking_change",
        "What does a breaking change cost them?",
        {
            BreakingChange.A_COORDINATED_RELEASE: "a release that we coordinate",
            BreakingChange.A_PROJECT: "a project of their own, at a date we agree",
            BreakingChange.WE_CANNOT_KNOW: "we cannot know, and they may never notice in time",
        },
    ),
    Question(
        "enforcement",
        "Can you enforce how they use it?",
        {
            Enforcement.BY_RULES: "yes, by our own rules",
            Enforcement.BY_AGREEMENT: "by an agreement with each of them",
            Enforcement.NOT_AT_ALL: "no",
        },
    ),
    Question(
        "source_access",
        "Can they read the source?",
        {SourceAccess.CAN_READ: "yes", SourceAccess.CANNOT_READ: "no: the contract is all they have"},
    ),
)

# How far out each answer points, and why; an answer that is not here fits every audience.
_POINTS: dict[StrEnum, tuple[Audience, str]] = {
    Consumers.OWN_TEAMS: (Audience.INTERNAL, "only your own organisation consumes it"),
    Consumers.KNOWN_ORGANISATIONS: (Audience.PARTNER, "known organisations outside consume it"),
    Consumers.ANYONE: (Audience.PUBLIC, "anyone may consume it"),
    Channel.CHAT_OR_MEETING: (Audience.INTERNAL, "you reach its consumers directly"),
    Channel.NAMED_CONTACTS: (Audience.PARTNER, "each consumer has a contact you know"),
    Channel.ANNOUNCEMENTS: (Audience.PUBLIC, "you can only announce changes, not agree on them"),
    Trust.COLLEAGUES: (Audience.INTERNAL, "its consumers are trusted as colleagues"),
    Trust.CONTRACT: (Audience.PARTNER, "trust rests on a contract"),
    Trust.NONE: (Audience.PUBLIC, "its consumers cannot be trusted"),
    BreakingChange.A_COORDINATED_RELEASE: (Audience.INTERNAL, "breaking changes can be coordinated"),
    BreakingChange.A_PROJECT: (Audience.PARTNER, "a breaking change is a project for each consumer"),
    BreakingChange.WE_CANNOT_KNOW: (Audience.PUBLIC, "the cost of a breaking change cannot be known"),
    Enforcement.BY_RULES: (Audience.INTERNAL, "you can enforce how it is used"),
    Enforcement.BY_AGREEMENT: (Audience.PARTNER, "usage is enforced by agreement"),
    Enforcement.NOT_AT_ALL: (Audience.PUBLIC, "usage cannot be enforced"),
    SourceAccess.CAN_READ: (Audience.INTERNAL, "its consumers can read the source"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An audience, why, and what follows from it.

    `doubts` are answers that point elsewhere. `simpler` says why public would be less work than partner, where
    it would be.
    """

    audience: Audience
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    simpler: str | None
    consequences: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        return {
            "audience": self.audience.label,
            "reasons": list(self.reasons),
            "doubts": list(self.doubts),
            "simpler": self.simpler,
            "consequences": dict(self.consequences),
        }


def suggest(answers: Answers) -> Suggestion:
    """The audience that `answers` suggest; internal when they say nothing, because that can be widened later."""
    given = [getattr(answers, question.name) for question in QUESTIONS]
    points = [_POINTS[answer] for answer in given if answer in _POINTS]
    audience = _audience(answers, [point for point, _ in points])
    return Suggestion(
        audience=audience,
        reasons=tuple(reason for point, reason in points if point is audience),
        doubts=tuple(
            f"{reason}, which points to {point.label}" for point, reason in points if point is not audience
        ),
        simpler=_simpler(answers) if audience is Audience.PARTNER else None,
        consequences=consequences(audience),
    )


def _audience(answers: Answers, points: list[Audience]) -> Audience:
    """Who consumes it decides; without that answer, the most frequent one, and the narrower of equals."""
    if answers.consumers is not None:
        return _POINTS[answers.consumers][0]
    return max(Audience, key=lambda audience: (points.count(audience), -audience))


def _simpler(answers: Answers) -> str | None:
    """Partner is the wrong choice where nothing of it is used: no agreement, no contact, no trust."""
    if answers.trust is Trust.NONE or answers.enforcement is Enforcement.NOT_AT_ALL:
        return (
            "Partner means agreements you enforce. You cannot, so treat these callers as the public: "
            "self-service keys and a plan need no negotiation and protect you as much."
        )
    if answers.channel is Channel.ANNOUNCEMENTS:
        return (
            "Partner means a contact and agreed dates. With announcements only, public is simpler: "
            "the same contract for all, and twelve months between deprecation and sunset."
        )
    return None


def consequences(audience: Audience) -> dict[str, str]:
    """What the ring gets by default, in words; the rows of the requirements' table B that are effective."""
    defaults = RING_DEFAULTS[audience]
    return {
        "authentication": _authentication(defaults),
        "rate limit": _rate_limit(defaults),
        "networks": ", ".join(defaults.networks) or "any",
        "errors": f"{defaults.errors}, problem+json with a correlation id",
        "response headers": defaults.response_headers,
        "largest request body": f"{defaults.max_body_bytes // 1024**2} MiB",
        "client address in the log": defaults.log_client_address,
        "before a caller is known": (
            "nothing is answered" if defaults.authenticate_first else "only what is public is matched"
        ),
    }


def _authentication(defaults: RingDefaults) -> str:
    proofs = {
        "mutual TLS with a SPIFFE identity": defaults.mtls,
        "an internal service token": defaults.service_token,
        "an API key": defaults.api_key,
    }
    return " or ".join(text for text, accepted in proofs.items() if accepted)


def _rate_limit(defaults: RingDefaults) -> str:
    burst = f"bursts of {defaults.burst_factor:g} × that"
    if defaults.limit_per_minute is None:
        return f"as agreed with each {defaults.limited_per}, {burst}"
    return f"{defaults.limit_per_minute:,} a minute for each {defaults.limited_per}, {burst}"

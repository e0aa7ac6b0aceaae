"""Where an estate contradicts what it says itself of those who use an API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwork.audience import RINGS, Audience
from ringwork.governance.classification import (
    Answers,
    BreakingChange,
    Channel,
    Consumers,
    Enforcement,
    SourceAccess,
    Suggestion,
    Trust,
    suggest,
)
from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.classification import ClassificationManifest
from ringwork.manifest.estate import Estate, LoadedApi

NOTHING_KNOWN = Answers()


def answers_of(said: ClassificationManifest | None) -> Answers:
    """As `api.yaml` has them."""
    if said is None:
        return NOTHING_KNOWN
    return Answers(
        None if said.consumers is None else Consumers(said.consumers),
        None if said.channel is None else Channel(said.channel),
        None if said.trust is None else Trust(said.trust),
        None if said.breaking_change is None else BreakingChange(said.breaking_change),
        None if said.enforcement is None else Enforcement(said.enforcement),
        None if said.source_access is None else SourceAccess(said.source_access),
    )


def check_classifications(estate: Estate, exposures: Iterable[VersionExposure]) -> Iterator[Finding]:
    """Of every API that says who uses it."""
    by_api: dict[str, list[VersionExposure]] = {}
    for exposure in exposures:
        by_api.setdefault(exposure.api, []).append(exposure)
    for api in estate.apis:
        if api.manifest.classification is not None:
            yield from contradictions(api, by_api.get(api.name, ()))


def contradictions(
    api: LoadedApi, exposures: Iterable[VersionExposure], answers: Answers | None = None
) -> Iterator[Finding]:
    """`answers` None: those of `api.yaml`."""
    given = answers_of(api.manifest.classification) if answers is None else answers
    if given.is_empty:
        return
    found, audience, place = suggest(given), api.manifest.audience, api.at("audience")
    if audience is not found.audience:
        yield Finding(
            "classification-contradicted",
            Severity.WARNING if audience > found.audience else Severity.INFO,
            f"{api.name} may reach {audience.label}, and the answers about who uses it suggest {found.audience.label}"
            f" ({'; '.join(found.reasons)})",
            f"Write `audience: {found.audience.label}`, or correct `classification`.",
            place,
            api.name,
        )
    furthest = _furthest(exposures)
    if furthest is not None and furthest < min(found.audience, audience):
        yield Finding(
            "classification-unmet",
            Severity.INFO,
            f"those who use {api.name} are on the {found.audience.label} ring, which sees nothing of it",
            f"Label what they call with `x-audience: {found.audience.label}`.",
            place,
            api.name,
        )
    yield from _doubts(api, found)


def _doubts(api: LoadedApi, found: Suggestion) -> Iterator[Finding]:
    place = api.at("classification")
    for doubt in found.doubts:
        message = f"of {api.name} is said that {doubt}, and the other answers suggest {found.audience.label}"
        help = "Correct the answer, or split the API: one audience each."
        yield Finding("classification-doubtful", Severity.INFO, message, help, place, api.name)
    if found.simpler is not None:
        message = f"partner is more work than {api.name} needs"
        yield Finding("classification-simpler", Severity.INFO, message, found.simpler, place, api.name)


def _furthest(exposures: Iterable[VersionExposure]) -> Audience | None:
    """The furthest ring that sees an operation; None where nothing could be read."""
    versions = list(exposures)
    return max((ring for ring in RINGS for one in versions if one.served(ring)), default=None)


def answers_said(answers: Answers) -> dict[str, str]:
    """Those that were given, by question."""
    given = {name: getattr(answers, name) for name in Answers.__slots__}
    return {name: word.value for name, word in given.items() if word is not None}


def answers_yaml(answers: Answers) -> str:
    """As `api.yaml` has them; empty where there are none."""
    lines = [f"  {name}: {word}\n" for name, word in answers_said(answers).items()]
    return "".join(["classification:\n", *lines]) if lines else ""

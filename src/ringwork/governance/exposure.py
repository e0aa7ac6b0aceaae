"""Each operation of a contract and how far out it is published; what its labels ask for and do not get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ringwork.audience import RINGS, Audience, Label, OperationLabels, Verdict, decide
from ringwork.governance.labels import Labels, read_labels
from ringwork.intent.exposed import Exposed
from ringwork.intent.model import OperationIntent, VersionShape
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import LoadedApi
from ringwork.manifest.values import NAME_PATTERN
from ringwork.openapi import Contract, Operation


@dataclass(frozen=True, slots=True)
class VersionExposure:
    """All operations of one version, and what the gateways need to know of them."""

    api: str
    version: str
    shape: VersionShape
    title: str | None = None
    """`info.title`, which whoever sees anything of the document sees."""

    @property
    def operations(self) -> tuple[OperationIntent, ...]:
        return self.shape.operations

    @property
    def exposed(self) -> Exposed | None:
        """What outer rings can send and read by them; None where there is nothing."""
        return self.shape.exposed

    def served(self, ring: Audience) -> list[str]:
        """Ids of the operations a ring is served."""
        return [operation.id for operation in self.operations if operation.published.reaches(ring)]


@dataclass(frozen=True, slots=True)
class OperationExposure:
    """One operation, and the verdict on it."""

    intent: OperationIntent
    verdict: Verdict[Location]


def expose(api: LoadedApi, index: int, contract: Contract) -> tuple[VersionExposure, tuple[Finding, ...]]:
    """The exposure of version `index` of `api`, and what is to say about its labels. A pure function."""
    version = api.manifest.versions[index]
    labels = read_labels(contract, api.name)
    enclosing = (*_caps_of_manifest(api, index, version), *labels.info)
    operations = tuple(_expose(operation, enclosing, labels) for operation in contract.operations)
    findings = (
        *labels.findings,
        *_features_that_are_no_names(contract, api.name),
        *_wider_than_their_enclosure(operations, api.name),
        *_withheld(operations, labels.described, api.name),
    )
    exposed = tuple(operation.intent for operation in operations)
    return VersionExposure(api.name, version.name, VersionShape(exposed), contract.title), findings


def _caps_of_manifest(api: LoadedApi, index: int, version: VersionManifest) -> Iterator[Label[Location]]:
    yield Label(api.manifest.audience, api.at("audience"))
    if version.audience is not None:
        yield Label(version.audience, api.at("versions", index, "audience"))


def _expose(
    operation: Operation, enclosing: tuple[Label[Location], ...], labels: Labels
) -> OperationExposure:
    tags = tuple(label for tag in operation.tags for label in labels.tags.get(tag, ()))
    verdict = decide(
        OperationLabels(
            operation=labels.of_operation(operation),
            path_item=labels.of_path_item(operation),
            caps=(*enclosing, *tags),
            parts=labels.of_parts(operation),
        )
    )
    decisive = verdict.decided_by
    withheld = min(verdict.withheld_for, key=lambda part: part.audience, default=None)
    intent = OperationIntent(
        id=operation.id,
        method=operation.method,
        template=operation.template,
        published=verdict.published,
        feature=operation.feature if isinstance(operation.feature, str) else None,
        response_headers=operation.response_headers,
        declared_at=operation.location,
        decided_at=withheld.source if withheld else decisive.source if decisive else None,
    )
    return OperationExposure(intent, verdict)


def _features_that_are_no_names(contract: Contract, api: str) -> Iterator[Finding]:
    for operation in contract.operations:
        feature = operation.feature
        if feature is not None and not (isinstance(feature, str) and NAME_PATTERN.fullmatch(feature)):
            help = "Use lower-case letters, digits and hyphens; partners name it in their features."
            message = f"x-feature of {operation.id} is not a name"
            yield Finding("invalid-feature", Severity.ERROR, message, help, operation.location, api)


def _wider_than_their_enclosure(operations: Iterable[OperationExposure], api: str) -> Iterator[Finding]:
    """One warning per label that encloses, however many it overrules."""
    overruled: dict[Label[Location], dict[Label[Location], None]] = {}
    for operation in operations:
        for one in operation.verdict.overruled:
            overruled.setdefault(one.by, {})[one.label] = None
    for cap, labels in overruled.items():
        first, *others = labels
        more = f" (as do {len(others):,} more labels)" if others else ""
        message = (
            f"this label says {first.audience.label}{more}, but {cap.source} caps it at {cap.audience.label}"
        )
        help = (
            f"Nothing is wider than what encloses it: widen {cap.source}, or write {cap.audience.label} here."
        )
        yield Finding("label-without-effect", Severity.WARNING, message, help, first.source, api)


def _withheld(
    operations: Iterable[OperationExposure], described: Mapping[Location, str], api: str
) -> Iterator[Finding]:
    """One warning per part that keeps operations from a ring, with the operations it keeps back."""
    kept_back: dict[Label[Location], list[OperationExposure]] = {}
    for operation in operations:
        for part in dict.fromkeys(operation.verdict.withheld_for):
            kept_back.setdefault(part, []).append(operation)
    for part, held in kept_back.items():
        widest = max(operation.verdict.effective for operation in held)
        rings = " and ".join(ring.label for ring in RINGS if part.audience < ring <= widest)
        what = described.get(part.source, "a part")
        message = f"{_named(held)} not published to {rings}: {what} is only for {part.audience.label}"
        help = (
            "Responses are not filtered yet, so an operation goes no further than its narrowest part. "
            "Widen this label, or serve the part by an operation of its own."
        )
        yield Finding("operation-withheld", Severity.WARNING, message, help, part.source, api)


def _named(operations: list[OperationExposure]) -> str:
    names = [f"{operation.intent.method} {operation.intent.template}" for operation in operations[:3]]
    more = f" and {len(operations) - 3:,} more" if len(operations) > 3 else ""
    return f"{', '.join(names)}{more} {'is' if len(operations) == 1 else 'are'}"

"""Each operation of a contract and how far out it is published; what its labels ask for and do not get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringwork.audience import Audience, Label, OperationLabels, Verdict, decide
from ringwork.governance.labels import Labels, read_labels
from ringwork.intent.callers import admitted_of
from ringwork.intent.exposed import Exposed
from ringwork.intent.model import EndingIntent, OperationIntent, VersionShape
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import LoadedApi
from ringwork.manifest.values import NAME_PATTERN
from ringwork.openapi import Contract, Operation
from ringwork.openapi.model import NamedAt


@dataclass(frozen=True, slots=True)
class NamedCaller:
    """`kind`: service, or group; `name` as it is written."""

    kind: str
    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class VersionExposure:
    """All operations of one version, and what the gateways need to know of them."""

    api: str
    version: str
    shape: VersionShape
    named: tuple[NamedCaller, ...] = ()
    """Services and groups that `x-callers` and `x-groups` name, each once."""
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
    )
    exposed = tuple(operation.intent for operation in operations)
    demanded = {name for operation in exposed for scopes in operation.scopes for name in scopes}
    words = tuple(said for said in contract.scope_words if said[0] in demanded)
    shape = VersionShape(exposed, scope_words=words)
    return VersionExposure(api.name, version.name, shape, _named_callers(contract), contract.title), findings


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
        )
    )
    decisive = verdict.decided_by
    intent = OperationIntent(
        id=operation.id,
        method=operation.method,
        template=operation.template,
        published=verdict.published,
        feature=operation.feature if isinstance(operation.feature, str) else None,
        response_headers=operation.response_headers,
        declared_at=operation.location,
        decided_at=decisive.source if decisive else None,
        scopes=operation.scopes,
        bindings=tuple((one.place, one.name, one.any) for one in operation.bindings),
        callers=tuple(admitted_of(_names(one.services), _names(one.groups)) for one in operation.callers),
        groups=tuple(tuple(sorted({*_names(groups)})) for groups in operation.groups),
        ending=None if operation.ending is None else EndingIntent(*operation.ending),
        ending_parameters=tuple(
            (one.place, one.name, EndingIntent(*one.ending)) for one in operation.ending_parameters
        ),
        record=None if operation.record is None else (*operation.record,),
    )
    return OperationExposure(intent, verdict)


def _names(named: Iterable[NamedAt]) -> tuple[str, ...]:
    return tuple(one.name for one in named)


def _named_callers(contract: Contract) -> tuple[NamedCaller, ...]:
    found: dict[tuple[str, str], NamedCaller] = {}
    for operation in contract.operations:
        services = [one for callers in operation.callers for one in callers.services]
        groups = [one for callers in operation.callers for one in callers.groups]
        groups += [one for named in operation.groups for one in named]
        for kind, names in (("service", services), ("group", groups)):
            for one in names:
                found.setdefault((kind, one.name), NamedCaller(kind, one.name, one.location))
    return tuple(found.values())


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

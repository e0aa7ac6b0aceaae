"""A contract as one ring sees it: one valid OpenAPI document. What is visible is decided in `crates/document`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from ringwork import _native
from ringwork.audience.audience import WORDS, Audience, understood
from ringwork.kernel.findings import Finding, has_errors, in_order
from ringwork.openapi.authentication import Authentication, security_schemes
from ringwork.openapi.ending import NAME, Ending, WithEnding, overlay
from ringwork.openapi.files import ContractFiles, ContractReader
from ringwork.openapi.load import OpenContract, from_problems, open_contract
from ringwork.openapi.model import Contract

DocumentFormat = Literal["json", "yaml"]

# What the arena reads labels by.
NUMBERED_WORDS: dict[str, int] = {word: int(understood(word) or Audience.INTERNAL) for word in WORDS}


@dataclass(frozen=True, slots=True)
class RingView:
    """What the estate knows of a version on a ring, and its document does not.

    `operations` are the ids of those the ring is served: what the gateway does not serve is not described.
    `widest` caps webhooks, which no gateway serves. `servers` are base URLs. `ending`: that the version ends.
    """

    ring: Audience
    widest: Audience
    operations: Collection[str]
    servers: Sequence[str]
    authentication: Authentication
    ending: Ending | None = None


class ProjectedDocument(NamedTuple):
    """The document, or None when there is an error among the findings."""

    text: str | None
    findings: list[Finding]


def project_document(
    root: Path,
    document: str,
    overlays: Sequence[str],
    view: RingView,
    format: DocumentFormat,
    files: ContractReader | None = None,
) -> ProjectedDocument:
    """`document` with `overlays` and all it refers to, as one document for one ring.

    Names are relative to `root`, the estate, where `files` does not read them from somewhere else. Never raises for
    what stands in files. The findings are those of the projection, with those of loading when it fails.
    """
    files = files or ContractFiles(root)
    opened = open_contract(root, document, overlays, files)
    if view.ending is not None and opened.native is not None:
        said = WithEnding(files, overlay(view.ending, opened.native))
        opened = open_contract(root, document, [*overlays, NAME], said)
    text, findings = project_opened(opened, view, format)
    # What the overlay meets nothing by is nobody's mistake.
    return ProjectedDocument(text, [finding for finding in findings if finding.location.file != NAME])


def project_opened(opened: OpenContract, view: RingView, format: DocumentFormat) -> ProjectedDocument:
    """As `project_document`, of what is open already."""
    if opened.native is None or opened.contract is None:
        return ProjectedDocument(None, opened.findings)
    served = declared(opened.contract, view.operations)
    return _project(opened.native, view, served, format)


def project_whole(opened: OpenContract) -> ProjectedDocument:
    """All of a contract as one JSON document, whoever may see it: every operation, overlays and other files in it."""
    if opened.native is None:
        return ProjectedDocument(None, opened.findings)
    view = RingView(Audience.INTERNAL, Audience.PUBLIC, (), (), Authentication(False, False, False))
    return _project(opened.native, view, list(range(len(opened.native.operations()))), "json")


def _project(
    native: _native.Contract,
    view: RingView,
    operations: list[int],
    format: DocumentFormat,
) -> ProjectedDocument:
    text, problems = _native.project(
        native,
        ring=view.ring,
        widest=view.widest,
        words=NUMBERED_WORDS,
        operations=operations,
        servers=view.servers,
        schemes=security_schemes(view.authentication, native.openapi or ""),
        format=format,
    )
    found = in_order(from_problems(problems))
    return ProjectedDocument(None if has_errors(found) else text, found)


def declared(contract: Contract, ids: Collection[str]) -> list[int]:
    """Numbers of the document's operations that arrive as one of `ids`."""
    wanted = frozenset(ids)
    return sorted(
        number for operation in contract.operations if operation.id in wanted for number in operation.declared
    )

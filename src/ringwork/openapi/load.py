"""From files of an estate to a contract, every mistake a located finding."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ringwork import _native
from ringwork.kernel.findings import Finding, Location, Severity, has_errors, in_order
from ringwork.openapi.facts import read_facts
from ringwork.openapi.files import ContractFiles, ContractReader, Refused
from ringwork.openapi.model import Contract

# More findings than that about one contract are one mistake that was made many times.
MAX_FINDINGS = 1_000

_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}


class LoadedContract(NamedTuple):
    """The contract, or None when there is an error among the findings."""

    contract: Contract | None
    findings: list[Finding]


class OpenContract(NamedTuple):
    """A contract together with the arena its facts are from; both None when there is an error among the findings."""

    native: _native.Contract | None
    contract: Contract | None
    findings: list[Finding]


def load_contract(
    root: Path, document: str, overlays: Sequence[str], files: ContractReader | None = None
) -> LoadedContract:
    """Read `document`, apply `overlays` in order, follow every reference.

    Names are relative to `root`, the estate, with forward slashes; nothing outside of it is read, by whatever
    reference or symbolic link, and nothing from the network. Never raises for what stands in files. `files`: who
    reads, for callers that want to know what was read.
    """
    opened = open_contract(root, document, overlays, files)
    return LoadedContract(opened.contract, opened.findings)


def open_contract(
    root: Path,
    document: str,
    overlays: Sequence[str],
    files: ContractReader | None = None,
    *,
    tolerated: Collection[str] = (),
) -> OpenContract:
    """As `load_contract`, for those who need the whole document: tens of times its size in memory while they do.

    `tolerated`: codes of errors that are warnings here, of those a document can be read in spite of.
    """
    files = files or ContractFiles(root)
    findings: list[Finding] = []
    read_overlays = [_read(files, overlay, findings) for overlay in overlays]
    entry = _read(files, document, findings)
    if entry is None:
        return OpenContract(None, None, in_order(findings))

    def read(base: str, reference: str) -> tuple[str, bytes]:
        return files.referred(base, reference) if base else entry

    try:
        native = _native.Contract.load(document, read, [overlay for overlay in read_overlays if overlay])
    except _native.ContractError as error:
        return OpenContract(None, None, _concluded([*findings, *from_problems(error.problems)]))
    contract, more = read_facts(native)
    found = (_tolerating(one, tolerated) for one in from_problems(native.problems))
    findings = _concluded([*findings, *found, *more])
    if has_errors(findings):
        return OpenContract(None, None, findings)
    return OpenContract(native, contract, [*findings, *_without_operations(contract)])


def _read(files: ContractReader, name: str, findings: list[Finding]) -> tuple[str, bytes] | None:
    try:
        return files.read(name)
    except Refused as refused:
        location = Location(name)
        findings.append(Finding(refused.code, Severity.ERROR, refused.message, refused.help, location))
        return None


def from_problems(problems: Iterable[_native.DocumentProblem]) -> list[Finding]:
    """Problems of the arena, as everyone else's."""
    return [
        Finding(
            problem.code,
            _SEVERITIES[problem.severity],
            problem.message,
            problem.help,
            Location(problem.file, problem.line, problem.column),
        )
        for problem in problems
    ]


def _tolerating(finding: Finding, tolerated: Collection[str]) -> Finding:
    return replace(finding, severity=Severity.WARNING) if finding.code in tolerated else finding


def _without_operations(contract: Contract) -> list[Finding]:
    if contract.operations:
        return []
    help = "Add paths with operations, or remove the API."
    message = "the document has no operation a gateway could serve"
    return [Finding("openapi-no-operations", Severity.WARNING, message, help, Location(contract.files[0]))]


def _concluded(findings: Iterable[Finding]) -> list[Finding]:
    """In order, and not more than anyone reads; an error is never what is left out."""
    ordered = in_order(findings)
    if len(ordered) <= MAX_FINDINGS:
        return ordered
    kept = sorted(ordered, key=lambda finding: -finding.severity)[:MAX_FINDINGS]
    return in_order(kept)

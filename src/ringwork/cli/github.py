"""Findings as workflow commands of GitHub Actions, which become annotations of the lines they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from ringwork.kernel.findings import Finding, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def annotated(findings: Iterable[Finding], root: PurePath) -> Iterator[str]:
    """A line for each; `root`: the estate's folder, from the repository's root."""
    for finding in findings:
        place = finding.location
        file = _property((root / place.file).as_posix())
        where = f"file={file},line={place.line},col={place.column},title={_property(finding.code)}"
        yield f"::{_COMMANDS[finding.severity]} {where}::{_data(f'{finding.message}. {finding.help}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

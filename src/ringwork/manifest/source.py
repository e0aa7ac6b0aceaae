"""One file of the estate: its plain value, and the place of every part of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ringwork._native import Document, DocumentError, DocumentProblem
from ringwork.kernel.findings import Finding, Location, Severity

MAX_MANIFEST_BYTES = 1024 * 1024

PathParts = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Override:
    """A part of a manifest that another file states: `path` is the part's, `stated` what stands there instead."""

    path: tuple[str | int, ...]
    stated: SourceFile


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A manifest as it was read. `name` is relative to the estate, with forward slashes.

    `within` is where in `document` the value is; `overrides` are what an environment states instead.
    """

    name: str
    value: Any
    sha256: str
    document: Document
    within: tuple[str | int, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def files(self) -> frozenset[str]:
        """Every file the value comes from."""
        return frozenset((self.name, *(override.stated.name for override in self.overrides)))

    def part(self, *path: str | int) -> SourceFile:
        """The value at `path` of its own. Raises LookupError where there is none."""
        value = self.value
        for step in path:
            value = value[step]
        return replace(self, value=value, within=(*self.within, *path))

    def at(self, *path: str | int) -> Location:
        """Where the value at `path` is written; where its nearest existing ancestor is, when it is not there."""
        return self._located(path, key=False)

    def key_at(self, *path: str | int) -> Location:
        """Where the key at the end of `path` is written."""
        return self._located(path, key=True)

    def _located(self, path: PathParts, *, key: bool) -> Location:
        for override in self.overrides:
            if tuple(path[: len(override.path)]) == override.path:
                return override.stated._located(path[len(override.path) :], key=key)
        line, column = self.document.position(_pointer((*self.within, *path)), key=key) or (1, 1)
        return Location(self.name, line, column)


class Unreadable(Exception):
    """The file cannot be used at all; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read_source(root: Path, name: str) -> tuple[SourceFile, tuple[Finding, ...]]:
    """The file `name` of the estate at `root`, and what is wrong with it though it could be read.

    Raises Unreadable: it is missing, too large, not a file, outside of the estate, or not YAML.
    """
    data = _bytes_of(root, name)
    try:
        document = Document.parse(data, name)
    except DocumentError as error:
        raise Unreadable(_from_document(error)) from None
    findings = tuple(_from_document(problem) for problem in document.problems)
    return SourceFile(name, document.value(), document.sha256, document), findings


def _bytes_of(root: Path, name: str) -> bytes:
    path = root / name
    try:
        inside = path.resolve(strict=True).is_relative_to(root.resolve())
        mode = path.stat().st_mode
    except (OSError, RuntimeError) as error:
        raise _unreadable(
            name, "file-unreadable", f"cannot read it: {_reason(error)}", "Restore the file."
        ) from None
    if not inside:
        help = "Put a copy into the estate: what an estate says must be in the estate."
        raise _unreadable(name, "file-outside-estate", "this link leads out of the estate", help)
    if not stat.S_ISREG(mode):
        raise _unreadable(name, "file-unreadable", "this is not a regular file", "Put a file here.")
    return _bounded_read(path, name)


def _bounded_read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise _unreadable(
            name, "file-unreadable", f"cannot read it: {_reason(error)}", "Check its mode."
        ) from None
    if len(data) > MAX_MANIFEST_BYTES:
        help = "Manifests are at most 1 MiB; long texts and documents go into files of their own."
        raise _unreadable(name, "file-too-large", "this manifest has more than 1 MiB", help)
    return data


def _unreadable(name: str, code: str, message: str, help: str) -> Unreadable:
    return Unreadable(Finding(code, Severity.ERROR, message, help, Location(name)))


def _reason(error: OSError | RuntimeError) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "a loop of links"


def _from_document(problem: DocumentError | DocumentProblem) -> Finding:
    is_warning = not isinstance(problem, DocumentError) and problem.severity == "warning"
    severity = Severity.WARNING if is_warning else Severity.ERROR
    location = Location(problem.file, problem.line, problem.column)
    return Finding(problem.code, severity, problem.message, problem.help, location)


def _pointer(path: PathParts) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)

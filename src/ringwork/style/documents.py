"""Documents and the files they refer to, read for the engine; and what reading them tells."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ringwork import _native
from ringwork.kernel.refusal import Refused
from ringwork.style.model import Level, ParserOptions, Result

# The largest real description known has 47 MB.
MAX_FILE_BYTES = 64 * 1024 * 1024
# A document split into one file per operation still stays below.
MAX_FILES = 2_000

_DUPLICATE = "document-duplicate-key"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")


class DocumentUnreadable(Exception):
    """A document that is none; `result` says where and why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.message)
        self.result = result


def read_subject(data: bytes, file: Path) -> _native.LintSubject:
    """The document with everything it refers to. Raises DocumentUnreadable."""
    try:
        return _native.LintSubject.load(file.as_posix(), data, _reader())
    except _native.DocumentError as error:
        place = (error.line - 1, error.column - 1)
        raise DocumentUnreadable(
            Result("parser", Level.ERROR, error.message, (), error.file, place, place)
        ) from None


def _reader() -> Any:
    """Reads files that documents refer to: regular ones of this machine, not too many, not too large."""
    seen: set[Path] = set()

    def read(base: str, reference: str) -> tuple[str, bytes]:
        if _SCHEME.match(reference):
            help = "Save a copy and refer to it relatively: nothing is fetched while linting."
            raise Refused("style-reference", f"'{reference}' is not fetched. {help}", help)
        path = Path(os.path.normpath(Path(base).parent / unquote(reference)))
        seen.add(path)
        if len(seen) > MAX_FILES:
            raise Refused(
                "style-reference", f"'{reference}': more than {MAX_FILES} files", "Split the document."
            )
        return path.as_posix(), read_regular(path)

    return read


def read_regular(path: Path) -> bytes:
    """The bytes of a file. Raises Refused for what is none, is too large or cannot be read."""
    help = "Correct the path."
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refused("style-file", f"'{path}' is no file", help)
        if status.st_size > MAX_FILE_BYTES:
            raise Refused("style-file", f"'{path}' has more than {MAX_FILE_BYTES} bytes", "Split it.")
        return path.read_bytes()
    except OSError as error:
        raise Refused("style-file", f"'{path}': {error.strerror}", help) from None


def parser_results(subject: _native.LintSubject, options: ParserOptions) -> Iterator[Result]:
    """What the parser found, as bad as the ruleset says."""
    for problem in subject.problems:
        level = options.duplicate_keys if problem.code == _DUPLICATE else Level.ERROR
        place = (problem.line - 1, problem.column - 1)
        if level is not None:
            yield Result("parser", level, problem.message, (), problem.file, place, place)
    level = options.incompatible_values
    if level is not None:
        for file, path, kind, lines in subject.odd_keys():
            message = f"Mapping key must be a string scalar rather than {kind}"
            yield Result("parser", level, message, tuple(path), file, lines[:2], lines[2:])


def broken_references(subject: _native.LintSubject) -> Iterator[Result]:
    """Each `$ref` that leads nowhere."""
    for file, path, message, lines in subject.broken:
        yield Result("invalid-ref", Level.ERROR, message, tuple(path), file, lines[:2], lines[2:])

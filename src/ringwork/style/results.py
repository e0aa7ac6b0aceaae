"""Findings of lint, named for people and programs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.style.model import Level, Result


def as_finding(result: Result, folder: Path) -> Finding:
    """For formatters that know findings; `folder`: what files are named from."""
    severity = {Level.ERROR: Severity.ERROR, Level.WARN: Severity.WARNING}.get(result.level, Severity.INFO)
    help = f"See {result.documentation_url}." if result.documentation_url else f"At {pointer(result)}."
    where = Location(shown_file(result.file, folder), result.start[0] + 1, result.start[1] + 1)
    return Finding(result.code, severity, result.message, help, where)


def pointer(result: Result) -> str:
    """`#/paths/~1orders/get`"""
    return f"#{escaped(result.path)}"


def escaped(path: Iterable[str]) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in path)


def shown_file(file: str, folder: Path) -> str:
    """Relative to `folder` where it lies in it."""
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()

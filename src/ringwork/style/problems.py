"""What is wrong with a ruleset: collected, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringwork import _native
from ringwork.kernel.findings import Finding, Location, Severity


class Source:
    """One ruleset file: its plain value, and the place of every part of it."""

    def __init__(self, path: Path, document: _native.Document) -> None:
        self.path = path
        self.value: Any = document.value()
        self._document = document

    def at(self, *tokens: object, key: bool = False) -> Location:
        """The place of a part; of the nearest that is there."""
        pointer = "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
        line, column = self._document.position(pointer, key=key) or (1, 1)
        return Location(self.path.as_posix(), line, column)


class Problems:
    """Findings about rulesets."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def error(self, code: str, where: Location, message: str, help: str) -> None:
        self.findings.append(Finding(code, Severity.ERROR, message, help, where))

    def warn(self, code: str, where: Location, message: str, help: str) -> None:
        self.findings.append(Finding(code, Severity.WARNING, message, help, where))


def read_source(path: Path, problems: Problems, asked: Location | None = None) -> Source | None:
    """A ruleset file; None where it cannot be read, which is told at `asked` or in the file."""
    where = asked or Location(path.as_posix())
    if path.suffix in {".js", ".mjs", ".cjs", ".ts"}:
        help = "Write it as YAML; functions become Python (docs/lint.md#functions)."
        problems.error("ruleset-javascript", where, f"{path.name} is a program, which is not run", help)
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        help = "Correct the path of the ruleset."
        problems.error("ruleset-missing", where, f"{path}: {error.strerror}", help)
        return None
    try:
        source = Source(path, _native.Document.parse(data, path.as_posix()))
    except _native.DocumentError as error:
        problems.error(
            error.code, Location(path.as_posix(), error.line, error.column), error.message, error.help
        )
        return None
    if not isinstance(source.value, dict):
        problems.error(
            "ruleset-invalid", source.at(), "a ruleset is an object", "Write `rules:` and what belongs there."
        )
        return None
    return source

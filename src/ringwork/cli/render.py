"""How findings look: as text with the lines they are about, as JSON, as Markdown."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.refusal import Refused

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "cyan"}
# Excerpts are for people: of one long line (minified JSON) they see the part that matters.
_EXCERPT_CHARACTERS = 100
_EXCERPT_BYTES_READ = 64 * 1024 * 1024


class Format(StrEnum):
    """Output formats of commands that report."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def console(*, stderr: bool = False) -> Console:
    """Rich, with colours where a terminal reads along; lines are never broken for a pipe."""
    # Without emoji: `file.yaml:100:7` is a place, not a hundred points.
    return Console(stderr=stderr, soft_wrap=True, highlight=False, emoji=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def show_refusal(refusal: Refused) -> None:
    """What could not be done, and what to do instead, on standard error."""
    err = console(stderr=True)
    err.print(f"[bold red]error[/] \\[{refusal.code}] {safe(refusal.message)}")
    if refusal.help:
        err.print(f"  [dim]=[/] {safe(refusal.help)}")


def show_findings(out: Console, findings: Sequence[Finding], root: Path) -> None:
    """Each finding with its line; nothing where there is nothing to say."""
    for finding in findings:
        show_finding(out, finding, root)
    if findings:
        out.print(f"\n{summary(findings)}")


def show_finding(out: Console, finding: Finding, root: Path) -> None:
    """Place, code and message; the line with a caret; what to do. A note is one line."""
    if finding.severity is Severity.INFO:
        out.print(
            f"[cyan]note[/] \\[{finding.code}] {safe(finding.message)} [dim]{safe(str(finding.location))}[/]"
        )
        return
    style = _STYLES[finding.severity]
    api = f" [dim](API {safe(finding.api)})[/]" if finding.api else ""
    out.print(f"[{style}]{finding.severity.label}[/] \\[{finding.code}] {safe(finding.message)}{api}")
    out.print(f"  [dim]-->[/] {safe(str(finding.location))}")
    excerpt = source_excerpt(root, finding)
    if excerpt is not None:
        number, line, caret = excerpt
        margin = " " * len(number)
        out.print(f"  [dim]{number} |[/] {safe(line)}")
        out.print(f"  [dim]{margin} |[/] {' ' * caret}[{style}]^[/]")
    out.print(f"  [dim]=[/] {safe(finding.help)}\n")


def source_excerpt(root: Path, finding: Finding) -> tuple[str, str, int] | None:
    """Line number, (part of) the line, and the caret's offset in it; None where there is no such line."""
    lines = _lines(root / finding.location.file)
    number, column = finding.location.line, finding.location.column - 1
    if number > len(lines) or not lines[number - 1].strip():
        return None
    line = lines[number - 1]
    start = max(0, column - _EXCERPT_CHARACTERS // 2) if len(line) > _EXCERPT_CHARACTERS else 0
    part = line[start : start + _EXCERPT_CHARACTERS]
    return str(number), printable(part), min(column - start, len(part))


@lru_cache(maxsize=4)
def _lines(path: Path) -> tuple[str, ...]:
    try:
        if not path.is_file() or path.stat().st_size > _EXCERPT_BYTES_READ:
            return ()
        text = path.read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff")
    except OSError:
        return ()
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def printable(text: str) -> str:
    """`text` without control characters: what stands in a file must not be able to speak to the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def safe(text: str) -> str:
    """`text` for Rich: printable, and no markup of its own."""
    return escape(printable(text))


def summary(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning, 3 notes`."""
    counts = Counter(finding.severity for finding in findings)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    parts = [
        f"{counts[severity]} {word}{'' if counts[severity] == 1 else 's'}"
        for severity, word in words.items()
        if counts[severity]
    ]
    return ", ".join(parts) or "no findings"


def findings_markdown(findings: Sequence[Finding]) -> list[str]:
    """A table; empty where there are none."""
    if not findings:
        return []
    rows = [
        f"| {finding.severity.label} | `{printable(str(finding.location))}` | `{finding.code}` "
        f"| {_cell(finding.message)} | {_cell(finding.help)} |"
        for finding in sorted(findings, key=lambda finding: -finding.severity)
    ]
    return ["| | where | code | what | what to do |", "|---|---|---|---|---|", *rows]


def _cell(text: str) -> str:
    return printable(text).replace("|", "\\|")

"""`--fix`: a document with all that can be mended without changing what it means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ringwork import _native
from ringwork.style.fixing import fix_of
from ringwork.style.linting import lint
from ringwork.style.model import Result, Ruleset
from ringwork.style.written import Written, applied

# Fixes make room for others; nothing needs more rounds.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Mended:
    """`data`: the document now; `findings`: how many were mended; `left`: the others."""

    data: bytes
    findings: int
    left: tuple[Result, ...]


def mend(data: bytes, file: Path, ruleset: Ruleset) -> Mended:
    """Apply every safe fix, and those that become possible by it. Raises what `lint` raises."""
    before = results = lint(data, file, ruleset)
    for _ in range(_ROUNDS):
        again = _once(data, file, results)
        if again is None:
            break
        found = lint(again, file, ruleset)
        if len(found) >= len(results):
            break  # it mended nothing: leave it as it was
        data, results = again, found
    return Mended(data, len(before) - len(results), tuple(results))


def _once(data: bytes, file: Path, results: list[Result]) -> bytes | None:
    """None where there is nothing to do, or it would not be a document any more."""
    page = Written(data, file.name)
    fixes = (fix_of(result, page, only_safe=True) for result in results if result.file == file.as_posix())
    edits = [edit for fix in fixes if fix is not None for edit in fix.edits]
    if not edits:
        return None
    text = applied(page.text, edits)
    again = data[: 3 if data.startswith(b"\xef\xbb\xbf") else 0] + text.encode()
    try:
        _native.Document.parse(again, file.name)
    except _native.DocumentError:
        return None
    return again

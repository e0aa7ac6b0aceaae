"""One document of an editor, checked: what is wrong with it as its protocol says it, and what mends it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lsprotocol import types as lsp

from ringwork import _native
from ringwork.kernel.refusal import Refused
from ringwork.style.documents import DocumentUnreadable
from ringwork.style.fixing import Fix, fix_of
from ringwork.style.model import Level, Result, Ruleset
from ringwork.style.relinting import Relint
from ringwork.style.written import Written

# Diagnostics of one document; no editor shows more, and none is quick with them.
SHOWN = 1_000

_VERSION = re.compile(
    r"""(?m)(?:^|[{,])[ \t]*["']?(?:openapi|swagger|asyncapi|arazzo)["']?[ \t]*:[ \t]*["']?\d"""
)

# Line and character, from 0.
Place = tuple[int, int]

_SEVERITIES = {
    Level.ERROR: lsp.DiagnosticSeverity.Error,
    Level.WARN: lsp.DiagnosticSeverity.Warning,
    Level.INFO: lsp.DiagnosticSeverity.Information,
    Level.HINT: lsp.DiagnosticSeverity.Hint,
}


@dataclass(frozen=True)
class Checked:
    """What a text came to. Places count characters, from 0."""

    text: str
    file: Path
    results: tuple[Result, ...]

    @cached_property
    def page(self) -> Written | None:
        """None where it is no document."""
        try:
            return Written(self.text.encode(), self.file.name)
        except _native.DocumentError:
            return None

    def fixes(self, first: Place, last: Place) -> list[tuple[Result, Fix]]:
        """What can be mended between two places."""
        page = self.page
        if page is None:
            return []
        near = (one for one in self.results if one.start <= last and first <= one.end)
        return [(result, fix) for result in near if (fix := fix_of(result, page)) is not None]


class Checker:
    """One document, checked version after version: what did not change is not looked at again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._relint: Relint | None = None

    def check(self, text: str, ruleset: Ruleset) -> Checked:
        """What is wrong with a text. Of what is no kind of document rules are about, nothing is said."""
        file = self._file
        if not _is_ours(text):
            return Checked(text, file, ())
        if self._relint is None:
            self._relint = Relint(file, ruleset)
        try:
            return Checked(text, file, tuple(self._relint.lint(text.encode(), SHOWN, ruleset)))
        except DocumentUnreadable as error:
            return Checked(text, file, (error.result,))
        except Refused as refused:
            told = Result(refused.code, Level.ERROR, refused.message, (), str(file), (0, 0), (0, 0))
            return Checked(text, file, (told,))


def diagnostic(result: Result) -> lsp.Diagnostic:
    """Places count characters."""
    url = result.documentation_url
    return lsp.Diagnostic(
        range=range_of(result),
        message=result.message,
        severity=_SEVERITIES[result.level],
        code=result.code,
        code_description=lsp.CodeDescription(url) if url and url.startswith("https://") else None,
        source="ringwork",
    )


def range_of(result: Result) -> lsp.Range:
    """Of a finding; of what takes many lines the first, so that not all of a document is underlined."""
    start, end = result.start, result.end
    if end[0] > start[0]:
        end = (start[0] + 1, 0)
    return lsp.Range(lsp.Position(*start), lsp.Position(*end))


def text_edits(page: Written, fix: Fix) -> list[lsp.TextEdit]:
    """Places count characters."""
    return [
        lsp.TextEdit(
            lsp.Range(lsp.Position(*page.place(edit.start)), lsp.Position(*page.place(edit.end))), edit.text
        )
        for edit in fix.edits
    ]


def _is_ours(text: str) -> bool:
    """Whether it is, or was meant as, a document rules are about: that is seen without reading all of it."""
    return _VERSION.search(text) is not None

"""The text an editor has and the one we have are the same, whatever is typed."""

from __future__ import annotations

import re
from random import Random

import pytest
from lsprotocol import types as lsp
from pygls.workspace import PositionCodec

from ringwork.cli.editor.page import Page

ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
TYPED = ("", "a", "é", "🎈", "\n", "\r", "\r\n", "x\ny\r\nz", "🎈🎈\n", "\n\r\n\r", "\x0b\u2028")


def units(text: str, encoding: str) -> int:
    return len(text.encode(ENCODINGS[encoding])) // UNIT[encoding]


def position(text: str, offset: int, encoding: str) -> lsp.Position:
    ends = [match.end() for match in re.finditer(r"\r\n|\n|\r", text) if match.end() <= offset]
    begin = ends[-1] if ends else 0
    return lsp.Position(len(ends), units(text[begin:offset], encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_it_is_what_was_typed(encoding: str) -> None:
    random = Random(encoding)
    for _ in range(40):
        text = "".join(random.choices(TYPED, k=8))
        page = Page("file:///a.yaml", text, 1, PositionCodec(encoding))
        for _ in range(25):
            # Nobody puts a cursor between `\r` and `\n`.
            places = [at for at in range(len(text) + 1) if text[at - 1 : at + 1] != "\r\n"]
            start, end = sorted(random.choices(places, k=2))
            end = min(end, start + 3) if min(end, start + 3) in places else start
            typed = random.choice(TYPED)
            edited = lsp.Range(position(text, start, encoding), position(text, end, encoding))
            page.apply_change(lsp.TextDocumentContentChangePartial(edited, typed))
            text = text[:start] + typed + text[end:]
            assert page.source == text
            place = position(text, random.choice(places[: len(text) + 1]) if text else 0, encoding)
            assert page.from_client(page.to_client(place)).line == place.line


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_places_are_told_in_the_units_of_the_editor(encoding: str) -> None:
    page = Page("file:///a.yaml", "first\n🎈éx", 1, PositionCodec(encoding))
    found = page.to_client(lsp.Position(1, 3))
    assert found.character == {"utf-8": 7, "utf-16": 4, "utf-32": 3}[encoding]
    assert page.from_client(found) == lsp.Position(1, 3)


def test_beyond_a_line_is_its_end_and_beyond_the_text_the_end_of_it() -> None:
    page = Page("file:///a.yaml", "a\r\nb", 1, PositionCodec())
    page.apply_change(
        lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(0, 9), lsp.Position(0, 9)), "x")
    )
    page.apply_change(
        lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(9, 0), lsp.Position(9, 0)), "y")
    )
    assert page.source == "ax\r\nby"


def test_all_of_it_may_be_replaced() -> None:
    page = Page("file:///a.yaml", "a\nb", 1, PositionCodec())
    page.apply_change(lsp.TextDocumentContentChangeWholeDocument("🎈\n\nc"))
    assert (page.source, page.to_client(lsp.Position(0, 1)).character) == ("🎈\n\nc", 2)

"""`ringwork lsp`: a conversation as an editor has it, over the real process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

TEXT = """\
openapi: 3.0.3
info: {title: "🎈 t", version: "1"}
servers: [{description: "🎈", url: "https://a.example/"}]
paths: {}
"""
BROKEN = "openapi: 3.0.3\ninfo: {title: [}\n"
WAIT_S = 30


class Editor(LanguageClient):
    """What an editor knows of one document: the diagnostics it was told last."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.told: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()

        def told(params: lsp.PublishDiagnosticsParams) -> None:
            self.told.put_nowait(params)

        self.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(told)

    async def diagnostics(self) -> list[lsp.Diagnostic]:
        return list((await asyncio.wait_for(self.told.get(), WAIT_S)).diagnostics)

    def open(self, uri: str, text: str) -> None:
        item = lsp.TextDocumentItem(uri, "yaml", 1, text)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def change(self, uri: str, version: int, text: str) -> None:
        changes = [lsp.TextDocumentContentChangeWholeDocument(text)]
        document = lsp.VersionedTextDocumentIdentifier(version, uri)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(document, changes))

    async def fixes(self, uri: str, at: lsp.Range) -> list[lsp.CodeAction]:
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), at, lsp.CodeActionContext([]))
        found = await asyncio.wait_for(self.text_document_code_action_async(params), WAIT_S)
        return [one for one in found or [] if isinstance(one, lsp.CodeAction)]


@asynccontextmanager
async def editor(*arguments: str) -> AsyncIterator[Editor]:
    client = Editor()
    await client.start_io(sys.executable, "-m", "ringwork", "lsp", *arguments)
    await client.initialize_async(lsp.InitializeParams(lsp.ClientCapabilities()))
    client.initialized(lsp.InitializedParams())
    try:
        yield client
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()  # type: ignore[no-untyped-call]


def of(found: list[lsp.Diagnostic], code: str) -> lsp.Diagnostic:
    [one] = [one for one in found if one.code == code]
    return one


def test_an_editor_is_told_what_is_wrong_and_offered_what_mends_it(tmp_path: Path) -> None:
    async def conversation() -> None:
        uri = (tmp_path / "openapi.yaml").as_uri()
        async with editor() as client:
            client.open(uri, TEXT)
            slash = of(await client.diagnostics(), "oas3-server-trailing-slash")
            # Editors count UTF-16 units, of which the balloon has two.
            line = TEXT.splitlines()[2]
            assert (slash.range.start.line, slash.range.start.character) == (2, line.index('"https') + 1)
            assert slash.severity is lsp.DiagnosticSeverity.Warning
            [fix] = await client.fixes(uri, slash.range)
            assert fix.edit is not None and fix.edit.changes is not None
            [edit] = fix.edit.changes[uri]
            assert (fix.title, edit.new_text) == ("Remove the last stroke", '"https://a.example"')
            client.change(uri, 2, TEXT.replace("example/", "example"))
            assert not [one for one in await client.diagnostics() if one.code == "oas3-server-trailing-slash"]
            assert not await client.fixes(uri, slash.range)

    asyncio.run(conversation())


def test_what_cannot_be_read_is_one_diagnostic_and_other_files_are_left_alone(tmp_path: Path) -> None:
    async def conversation() -> None:
        async with editor() as client:
            client.open((tmp_path / "openapi.yaml").as_uri(), BROKEN)
            [one] = await client.diagnostics()
            assert (one.code, one.range.start.line) == ("parser", 1)
            client.open((tmp_path / "values.yaml").as_uri(), "replicas: 2\n")
            assert not await client.diagnostics()

    asyncio.run(conversation())


@pytest.mark.parametrize("named", [True, False])
def test_the_ruleset_is_the_named_one_or_the_nearest_and_a_change_of_it_counts(
    tmp_path: Path, named: bool
) -> None:
    rules = tmp_path / ("rules.yaml" if named else ".spectral.yaml")
    rules.write_text("rules: {a: {given: $.info, then: {field: x, function: truthy}}}\n")
    (tmp_path / "deep").mkdir()

    async def conversation() -> None:
        uri = (tmp_path / "deep/openapi.yaml").as_uri()
        async with editor(*(("--ruleset", str(rules)) if named else ())) as client:
            client.open(uri, TEXT)
            assert [one.code for one in await client.diagnostics()] == ["a"]
            rules.write_text("rules: {b: {given: $.info, then: {field: x, function: truthy}}}\n")
            client.change(uri, 2, TEXT + "# more\n")
            assert [one.code for one in await client.diagnostics()] == ["b"]

    asyncio.run(conversation())


def test_no_program_of_a_folder_that_is_only_looked_at_is_run(tmp_path: Path) -> None:
    (tmp_path / ".spectral.yaml").write_text(
        "functions: [own]\nrules: {a: {given: $, then: {function: own}}}\n"
    )
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/own.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w')\ndef own(*_): return 'x'\n"
    )

    async def conversation() -> None:
        async with editor() as client:
            shown: asyncio.Queue[lsp.ShowMessageParams] = asyncio.Queue()

            def show(params: lsp.ShowMessageParams) -> None:
                shown.put_nowait(params)

            client.feature(lsp.WINDOW_SHOW_MESSAGE)(show)
            client.open((tmp_path / "openapi.yaml").as_uri(), TEXT)
            told = await asyncio.wait_for(shown.get(), WAIT_S)
            assert 'the function "own" is not run here' in told.message

    asyncio.run(conversation())
    assert not (tmp_path / "ran").exists()

"""The language server: documents in, diagnostics and quick fixes out (Language Server Protocol 3.17)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from ringwork import __version__
from ringwork.cli.editor.checking import Checked, check, diagnostic, text_edits
from ringwork.cli.editor.rules import Rules
from ringwork.style.evaluating import RulesetUnusable

# After the last key, before a document is checked.
_QUIET_S = 0.1


class StyleServer(LanguageServer):
    """Checks what is open. One check of a document at a time; what is outdated when it is done is dropped."""

    def __init__(self, rules: Rules) -> None:
        super().__init__("ringwork", __version__)
        self.rules = rules
        self.checked: dict[str, Checked] = {}
        self._turns: dict[str, int] = {}

    async def look_at(self, uri: str) -> None:
        """Check a document once nobody types in it any more, and tell the editor."""
        turn = self._turns[uri] = self._turns.get(uri, 0) + 1
        await asyncio.sleep(_QUIET_S)
        if self._turns.get(uri) != turn:
            return
        document = self.workspace.get_text_document(uri)
        text, version, file = document.source, document.version, _path(uri)
        try:
            rules = self.rules.of(file)
            checked = await asyncio.to_thread(check, text, file, rules)
        except RulesetUnusable as error:
            told = "; ".join(f"{one.location}: {one.message}" for one in error.findings[:3])
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"ruleset: {told}"))
            return
        if self._turns.get(uri) == turn:
            self.checked[uri] = checked
            self._publish(uri, version, document, checked)

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._turns.pop(uri, None)
        self.checked.pop(uri, None)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def fixes(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """Quick fixes for what stands in a range of what was checked last, if it is still what is shown."""
        uri = params.text_document.uri
        checked, document = self.checked.get(uri), self.workspace.get_text_document(uri)
        if checked is None or checked.text != document.source or checked.page is None:
            return []
        codec, lines = document.position_codec, document.lines
        asked = codec.range_from_client_units(lines, params.range)
        first, last = ((place.line, place.character) for place in (asked.start, asked.end))
        actions = []
        for result, fix in checked.fixes(first, last):
            edits = [
                lsp.TextEdit(codec.range_to_client_units(lines, edit.range), edit.new_text)
                for edit in text_edits(checked.page, fix)
            ]
            told = diagnostic(result)
            told.range = codec.range_to_client_units(lines, told.range)
            actions.append(
                lsp.CodeAction(
                    title=fix.title,
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=[told],
                    edit=lsp.WorkspaceEdit(changes={uri: edits}),
                    is_preferred=fix.is_safe,
                )
            )
        return actions

    def _publish(self, uri: str, version: int | None, document: TextDocument, checked: Checked) -> None:
        codec, lines = document.position_codec, document.lines
        found = [diagnostic(result) for result in checked.results]
        for one in found:
            one.range = codec.range_to_client_units(lines, one.range)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))


def _path(uri: str) -> Path:
    """What has no file counts as one of the working directory."""
    return Path(to_fs_path(uri) or "untitled").absolute()


def style_server(ruleset: str | None) -> StyleServer:
    """A server that holds what is open to a ruleset; None: the nearest, or `spectral:oas`."""
    server = StyleServer(Rules(ruleset))

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        await server.look_at(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        await server.look_at(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        await server.look_at(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return server.fixes(params)

    return server

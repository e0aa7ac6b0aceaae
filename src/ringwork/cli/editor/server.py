"""The language server: documents in, diagnostics and quick fixes out (Language Server Protocol 3.17)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from ringwork import __version__
from ringwork.cli.editor.checking import Checked, Checker, diagnostic, text_edits
from ringwork.cli.editor.page import Page
from ringwork.cli.editor.rules import Rules
from ringwork.style.evaluating import RulesetUnusable


class StyleServer(LanguageServer):
    """Checks what is open, at once: one check of a document at a time, then one of all that was typed meanwhile."""

    def __init__(self, rules: Rules) -> None:
        super().__init__("ringwork", __version__)
        self.rules = rules
        self.checked: dict[str, Checked] = {}
        self._checkers: dict[str, Checker] = {}
        # Documents that are being checked; whether they changed since.
        self._changed: dict[str, bool] = {}

    def opened(self, item: lsp.TextDocumentItem) -> None:
        """Keep a document's text so that changes of it are cheap."""
        page = Page(item.uri, item.text, item.version, self.workspace.position_codec)
        self.workspace.text_documents[unquote(item.uri)] = page

    async def look_at(self, uri: str) -> None:
        """Check a document and tell the editor; what is outdated when it is done is dropped."""
        if uri in self._changed:
            self._changed[uri] = True
            return
        try:
            self._changed[uri] = True
            while self._changed.get(uri):
                self._changed[uri] = False
                await self._check(uri)
        finally:
            self._changed.pop(uri, None)

    async def _check(self, uri: str) -> None:
        page = self._page(uri)
        if page is None:
            return
        text, version, file = page.source, page.version, _path(uri)
        checker = self._checkers.setdefault(uri, Checker(file))
        try:
            checked = await asyncio.to_thread(lambda: checker.check(text, self.rules.of(file)))
        except RulesetUnusable as error:
            told = "; ".join(f"{one.location}: {one.message}" for one in error.findings[:3])
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"ruleset: {told}"))
            return
        if page.version == version and self._page(uri) is page:
            self.checked[uri] = checked
            self._publish(uri, version, page, checked)

    def _page(self, uri: str) -> Page | None:
        """None for what is not open any more."""
        document = self.workspace.text_documents.get(unquote(uri))
        return document if isinstance(document, Page) else None

    def forget(self, uri: str) -> None:
        """A document was closed."""
        for known in (self._checkers, self.checked):
            known.pop(uri, None)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def fixes(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """Quick fixes for what stands in a range of what was checked last, if it is still what is shown."""
        uri = params.text_document.uri
        checked, page = self.checked.get(uri), self._page(uri)
        if checked is None or page is None or checked.text != page.source or checked.page is None:
            return []
        asked = (page.from_client(place) for place in (params.range.start, params.range.end))
        first, last = ((place.line, place.character) for place in asked)
        actions = []
        for result, fix in checked.fixes(first, last):
            edits = [
                lsp.TextEdit(page.range_to_client(edit.range), edit.new_text)
                for edit in text_edits(checked.page, fix)
            ]
            told = diagnostic(result)
            told.range = page.range_to_client(told.range)
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

    def _publish(self, uri: str, version: int | None, page: Page, checked: Checked) -> None:
        found = [diagnostic(result) for result in checked.results]
        for one in found:
            one.range = page.range_to_client(one.range)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))


def _path(uri: str) -> Path:
    """What has no file counts as one of the working directory."""
    return Path(to_fs_path(uri) or "untitled").absolute()


def style_server(ruleset: str | None) -> StyleServer:
    """A server that holds what is open to a ruleset; None: the nearest, or `spectral:oas`."""
    server = StyleServer(Rules(ruleset))

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.opened(params.text_document)
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

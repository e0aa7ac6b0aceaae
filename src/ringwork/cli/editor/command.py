"""`ringwork lsp`."""

from __future__ import annotations

from typing import Annotated

import typer


def run_lsp(
    ruleset: Annotated[
        str | None,
        typer.Option(
            "--ruleset",
            "-r",
            help="A ruleset's file or name. Default: .spectral.yaml above a document, or spectral:oas.",
        ),
    ] = None,
) -> None:
    """Style findings in an editor: a language server on standard input and output, with quick fixes."""
    from ringwork.cli.editor.server import style_server

    style_server(ruleset).start_io()

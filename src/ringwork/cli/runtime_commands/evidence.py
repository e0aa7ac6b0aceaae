"""`ringwork evidence`: what an auditor needs of what is live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.render import print_json
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, State, opened, state_directory
from ringwork.kernel.refusal import Refused


def write_evidence(
    state: State = DEFAULT_STATE,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it into this file instead of to standard output.")
    ] = None,
) -> None:
    """Write, as JSON, what is live: who sees what, revision, hashes of all that serves it, whether it was proven."""
    from ringwork.fleet.evidence import evidence

    with opened(state) as control:
        found = evidence(state_directory(state), control)
    if out is None:
        print_json(found)
        return
    try:
        out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        help = "Choose another file."
        raise Refused("not-writable", f"cannot write {out}: {error.strerror}", help) from None

"""`ringwork schema`: JSON Schemas of the estate's files, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.schema import KINDS, schema_of, schema_text


def print_schema(
    kind: Annotated[str | None, typer.Argument(help=f"One of: {', '.join(KINDS)}.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write <kind>.schema.json files into this folder.")
    ] = None,
) -> None:
    """Print the JSON Schema of one kind of file, or of all; or write them for your editor."""
    if kind is not None and kind not in KINDS:
        raise Refused("unknown-kind", f'there is no file kind "{kind}"', did_you_mean(kind, KINDS))
    chosen = KINDS if kind is None else (kind,)
    if output is not None:
        write_schemas(output, chosen)
        console().print(f"Wrote {len(chosen)} schema{'' if len(chosen) == 1 else 's'} to {output}.")
    elif kind is not None:
        print_json(schema_of(kind))
    else:
        print_json({name: schema_of(name) for name in KINDS})


def write_schemas(folder: Path, kinds: tuple[str, ...] = KINDS) -> None:
    """`<kind>.schema.json` for each kind."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in kinds:
            (folder / f"{name}.schema.json").write_text(schema_text(name), encoding="utf-8")
    except OSError as error:
        raise Refused(
            "not-writable", f"cannot write {error.filename}: {error.strerror}", "Choose another folder."
        ) from None

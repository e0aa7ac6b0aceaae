"""`ringwork versions`: how each version stands on each ring, and who still calls it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, readable, table_of

_COLUMNS = ("api", "version", "ring", "state", "deprecated", "sunset", "successor", "users")
_SHOWN_USERS = 20


def show_versions(
    api: Annotated[str | None, typer.Argument(help="Only this API, with who calls it.")] = None,
    estate: Annotated[
        Path | None, typer.Option("--estate", help="As this folder says; default: what is live.")
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Versions with their state and dates on each ring, and who still calls what, from the access log here."""
    from ringwork.app.versions import versions
    from ringwork.kernel.clock import system_clock

    with readable(state):
        rows = versions(api, state, estate, system_clock())
    if format is Output.JSON:
        print_json(rows)
        return
    console().print(table_of(map(_line, rows), _COLUMNS))
    if api is not None:
        _show_each(rows)


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    version = f"{row['version']} (default)" if row["default"] else row["version"]
    return {**row, "version": version, "users": len(row["users"]) or ""}


def _show_each(rows: Iterable[Mapping[str, Any]]) -> None:
    out = console()
    for row in rows:
        name = f"{row['version']} on the {row['ring']} ring"
        for window in row["brownouts"]:
            out.print(f"{name}: brownout from {window['begins']} to {window['ends']}", markup=False)
        for partner in row["partners"]:
            if partner["sunset"] is not None:
                text = f"{name}: ends for {partner['partner']} on {partner['sunset']}, as agreed"
                out.print(text, markup=False)
        for user in row["users"][:_SHOWN_USERS]:
            refused = f", {user['refused']:,} of them refused" if user["refused"] else ""
            text = f"{name}: {user['consumer']} ({user['application']}) made {user['calls']:,} calls{refused}"
            out.print(f"{text}, last {user['last'][:16]}Z; {user['state']} for it", markup=False)
        if len(row["users"]) > _SHOWN_USERS:
            out.print(
                f"{name}: {len(row['users']) - _SHOWN_USERS:,} more; --format json has all", markup=False
            )

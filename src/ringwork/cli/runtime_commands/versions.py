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
    """Versions with their state and dates on each ring, and who still calls what: from the access log here, and from
    when keys were used last at any gateway.
    """
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
            if partner["acknowledged"]:
                text = f"{name}: ends for {partner['partner']} on {partner['sunset']}, as it acknowledged"
                out.print(text, markup=False)
            elif partner["acknowledged"] is False:
                out.print(f"{name}: {partner['partner']} acknowledged no day yet", markup=False)
        for user in row["users"][:_SHOWN_USERS]:
            refused = f", {user['refused']:,} of them refused" if user["refused"] else ""
            text = f"{name}: {user['consumer']} ({user['application']}) made {user['calls']:,} calls{refused}"
            out.print(f"{text}, last {user['last'][:16]}Z; {user['state']} for it", markup=False)
        _show_more(name, len(row["users"]))
        others = [
            one for one in row["applications"] if one["pinned"] or (one["used_at"] and not one["called"])
        ]
        for one in sorted(others, key=lambda one: not one["pinned"])[:_SHOWN_USERS]:
            out.print(f"{name}: {_standing(one)}", markup=False)
        _show_more(name, len(others))


def _standing(one: Mapping[str, Any]) -> str:
    who = f"{one['consumer']} ({one['application']})"
    said = f"{who} is pinned to it" if one["pinned"] else f"{who} may call it"
    if one["called"]:
        return said
    used = f"its keys were used last {one['used_at'][:16]}Z" if one["used_at"] else "its keys were never used"
    return f"{said}; {used}, not for it in the log here"


def _show_more(name: str, count: int) -> None:
    if count > _SHOWN_USERS:
        console().print(f"{name}: {count - _SHOWN_USERS:,} more; --format json has all", markup=False)

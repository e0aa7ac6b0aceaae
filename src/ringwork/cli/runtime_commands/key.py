"""`ringwork key`: API keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.key_desk import Wanted, key_desk
from ringwork.cli.runtime_commands.key_scan import scan
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    RingName,
    State,
    show_done,
    show_rows,
)

keys = typer.Typer(no_args_is_help=True, help="API keys.")


@keys.command("create")
def create(
    ring: Annotated[RingName | None, typer.Option("--ring", help="The one ring the key is for.")] = None,
    consumer: Annotated[str | None, typer.Option("--consumer", help="Who gets the key.")] = None,
    application: Annotated[
        str, typer.Option("--application", help="What of the consumer's uses it.")
    ] = "default",
    plan: Annotated[str | None, typer.Option("--plan", help="A plan of the estate.")] = None,
    partner: Annotated[
        str | None, typer.Option("--partner", help="A partner of the estate: its key.")
    ] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="Lifetime: 90d, 24h. Else: none.")] = None,
    api: Annotated[list[str] | None, typer.Option("--api", help="Only this API (repeat).")] = None,
    version: Annotated[list[str] | None, typer.Option("--version", help="Only API:VERSION (repeat).")] = None,
    network: Annotated[
        list[str] | None, typer.Option("--network", help="Only from this CIDR (repeat).")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Only this scope of its agreement (repeat).")
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make a key. It is shown once; Ringwork keeps only its hash."""
    wanted = Wanted(
        ring=None if ring is None else ring.value,
        consumer=consumer,
        application=application,
        plan=plan,
        partner=partner,
        expires=expires,
        apis=api or [],
        versions=version or [],
        networks=network or [],
        scopes=scope or [],
    )
    with key_desk(state) as desk:
        made = desk.create(wanted)
    _show_once(made, f"end it with: ringwork key revoke {made['id']}", format)


@keys.command("rotate")
def rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows it.")],
    overlap: Annotated[
        str, typer.Option("--overlap", help="How long the key before works still: 7d, 24h; 0: no longer.")
    ] = "7d",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make a key of the same application, plan and restrictions, which takes the place of this one."""
    with key_desk(state) as desk:
        made = desk.rotate(key_id, None if overlap == "0" else overlap)
        before = desk.show(key_id)
    ends = "is revoked" if before["revoked_at"] is not None else f"works until {before['expires_at']}"
    _show_once(made, f"{key_id} {ends}", format)


def _show_once(made: Mapping[str, Any], more: str, format: Output) -> None:
    if format is Output.JSON:
        print_json(made)
        return
    out = console()
    out.print(made["key"], markup=False)
    out.print(f"[dim]Shown once. Its id is {made['id']}; {more}[/]")


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a key. The gateway refuses it from the moment this returns."""
    with key_desk(state) as desk:
        ended = desk.revoke(key_id)
    show_done(ended, f"Key {ended['id']} of {ended['consumer']} is revoked.", format)


@keys.command("list")
def list_keys(
    expiring: Annotated[
        str | None, typer.Option("--expiring", help="Only those that end by themselves within: 14d, 24h.")
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """All keys, without the keys."""
    with key_desk(state) as desk:
        found = desk.every(expiring)
    columns = ("id", "status", "ring", "consumer", "application", "plan", "expires_at", "used_at", "apis")
    show_rows(found, columns, format)


keys.command("scan")(scan)

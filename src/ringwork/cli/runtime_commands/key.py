"""`ringwork key`: API keys."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.key_scan import scan
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    RingName,
    State,
    opened,
    show_done,
    show_rows,
)

keys = typer.Typer(no_args_is_help=True, help="API keys.")

_PAGE = 1000


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
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make a key. It is shown once; Ringwork keeps only its hash."""
    from ringwork.control.durations import lifetime
    from ringwork.control.keys import KeyRequest
    from ringwork.control.model import Restrictions
    from ringwork.control.views import created_key

    request = KeyRequest(
        ring=None if ring is None else ring.value,
        consumer=consumer,
        application=application,
        plan=plan,
        partner=partner,
        lifetime=None if expires is None else lifetime(expires),
        restrictions=Restrictions(tuple(api or ()), tuple(version or ()), tuple(network or ())),
    )
    with opened(state) as control:
        made = created_key(control.keys.create(request))
    if format is Output.JSON:
        print_json(made)
        return
    out = console()
    out.print(made["key"], markup=False)
    out.print(f"[dim]Shown once. Its id is {made['id']}; end it with: ringwork key revoke {made['id']}[/]")


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a key. The gateway refuses it from the moment this returns."""
    from ringwork.control.views import key

    with opened(state) as control:
        ended = key(control.keys.revoke(key_id))
    show_done(ended, f"Key {ended['id']} of {ended['consumer']} is revoked.", format)


@keys.command("list")
def list_keys(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All keys, without the keys."""
    from ringwork.control.views import key

    with opened(state) as control:
        found = [key(each) for each in control.keys.every(page=_PAGE)]
    columns = ("id", "ring", "consumer", "application", "plan", "expires_at", "revoked_at", "apis")
    show_rows(found, columns, format)


keys.command("scan")(scan)

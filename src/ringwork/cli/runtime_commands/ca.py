"""`ringwork ca`: the embedded CAs that vouch for services, listeners and gateways elsewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    opened,
    show_rows,
    state_directory,
)
from ringwork.cli.runtime_commands.report import verdict

cas = typer.Typer(no_args_is_help=True, help="The embedded CAs.")


class CaName(StrEnum):
    INTERNAL = "internal"
    OUTER = "outer"
    NODES = "nodes"


@cas.callback()
def ca() -> None:
    """The embedded CAs: `internal` vouches for services and the internal ring, `outer` for the other rings, `nodes` for
    control plane and gateways elsewhere to each other.
    """


@cas.command("rotate")
def rotate(
    name: Annotated[CaName, typer.Argument(help="Which one.")],
    lead: Annotated[
        str, typer.Option("--lead", help="How long the new one is trusted before it issues.")
    ] = "1d",
    overlap: Annotated[
        str, typer.Option("--overlap", help="How long the one before is trusted from then on.")
    ] = "30d",
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once",
            help="Trust the one before no longer: its key may be in wrong hands. Calls fail; of `nodes`, gateways "
            "elsewhere serve on what they have and are enrolled anew.",
        ),
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Begin to put another CA in the place of one: trusted at once, issuing after --lead, alone after --overlap.

    Exit code 1: the gateway did not take it.
    """
    body = {"lead": lead, "overlap": None if at_once else overlap}
    applied = ask(state, "POST", f"/authorities/{name.value}/rotate", body)
    if format is Output.JSON:
        print_json(applied)
    else:
        out = console()
        out.print(verdict(applied))
        if not at_once:
            out.print(
                "[dim]`ringwork ca list` shows how far it is. Services renew their certificates meanwhile.[/]"
            )
    raise typer.Exit(applied["exit_code"])


@cas.command("list")
def list_cas(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Each CA's certificates in force: which issues, which is prepared and waits for whom, until when others are
    trusted.
    """
    found = _certificates(state)
    columns = ("ca", "part", "until", "expires_at", "waits_for", "fingerprint")
    show_rows(found, columns, format)


def _certificates(state: State) -> list[dict[str, Any]]:
    from ringwork.fleet.ca_rotation import ca_view
    from ringwork.fleet.directory import NodeDirectory

    with opened(state) as control:
        node = NodeDirectory(state_directory(state).node)
        return [each for name in CaName for each in ca_view(control, node, name.value)]

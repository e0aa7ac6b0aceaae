"""`ringwork up`: control plane and gateway from one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringwork.cli.render import console
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Environment,
    Health,
    State,
    Store,
    readable,
    state_directory,
    whoever_runs_this,
)
from ringwork.cli.runtime_commands.report import show_application
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.fleet.endpoints import Endpoints
    from ringwork.fleet.report import ApplyReport

_PORTS = {"declared": False, "auto": True}


def up(
    estate: Annotated[Path, typer.Argument(help="Folder of the estate.")] = Path(),
    environment: Environment = None,
    store: Store = None,
    state: State = DEFAULT_STATE,
    ports: Annotated[
        str,
        typer.Option("--ports", help="`declared`, or `auto`: free ports in place of those in ringwork.yaml."),
    ] = "declared",
    watch: Annotated[
        bool, typer.Option("--watch", help="Apply the estate again when its files change.")
    ] = False,
    nodes: Annotated[
        str | None,
        typer.Option("--nodes", metavar="ADDRESS:PORT", help="Listen here for gateways elsewhere (mTLS)."),
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option(
            "--admin",
            metavar="ADDRESS:PORT",
            help="Serve the admin API here, on loopback. Else: a free port.",
        ),
    ] = None,
    health: Health = None,
) -> None:
    """Run the control plane and one gateway until Ctrl-C. Ready when STATE/endpoints.json exists.

    SIGUSR2: begin anew with what is installed now; the gateway serves on meanwhile.
    """
    from ringwork.app.running import up as run
    from ringwork.control.ledger.deeds import acting
    from ringwork.fleet.ending import Ending

    if ports not in _PORTS:
        raise Refused("ports-unknown", f'--ports cannot be "{ports}"', "Use declared or auto.")
    out, ending = console(), Ending()
    ending.hear()

    def applied(report: ApplyReport) -> None:
        show_application(out, report.as_dict(), estate)

    def ready(endpoints: Endpoints) -> None:
        ending.started()
        _show_endpoints(endpoints, state)

    try:
        with readable(state), acting(whoever_runs_this("up")):
            run(
                estate,
                state_directory(state),
                free_ports=_PORTS[ports],
                watch=watch,
                nodes=nodes,
                health=health,
                admin=admin,
                applied=applied,
                ready=ready,
                say=lambda line: out.print(line, style="dim", markup=False),
                ending=ending,
                environment=environment,
                store=store,
            )
    except KeyboardInterrupt:
        if not ending.leaves_gateway:
            raise
    if ending.leaves_gateway:
        ending.begin_anew()


def _show_endpoints(endpoints: Endpoints, state: Path) -> None:
    out = console()
    out.print()
    for name, ring in endpoints.rings.items():
        ca = f"  [dim](CA: {ring.ca_file})[/]" if ring.ca_file else ""
        out.print(f"  {name:<9} {ring.base_url}{ca}")
        if ring.documentation:
            out.print(f"  {'':<9} {ring.documentation}  [dim](documentation)[/]")
    out.print(f"  admin     {endpoints.admin.url}  [dim](token: {endpoints.admin.token_file})[/]")
    out.print(f"\nState is in {state}. Ctrl-C ends it.")

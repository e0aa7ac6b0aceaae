"""`ringwork up`: control plane and gateway from one command."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringwork.cli.render import console
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Environment,
    Health,
    State,
    readable,
    state_directory,
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
    health: Health = None,
) -> None:
    """Run the control plane and one gateway until Ctrl-C. Ready when STATE/endpoints.json exists."""
    from ringwork import app

    if ports not in _PORTS:
        raise Refused("ports-unknown", f'--ports cannot be "{ports}"', "Use declared or auto.")
    out, stop, started = console(), threading.Event(), threading.Event()
    end_on_signal(stop, started)

    def applied(report: ApplyReport) -> None:
        show_application(out, report.as_dict(), estate)

    def ready(endpoints: Endpoints) -> None:
        started.set()
        _show_endpoints(endpoints, state)

    with readable(state):
        app.up(
            estate,
            state_directory(state),
            free_ports=_PORTS[ports],
            watch=watch,
            nodes=nodes,
            health=health,
            applied=applied,
            ready=ready,
            say=lambda line: out.print(line, style="dim", markup=False),
            stop=stop,
            environment=environment,
        )


def end_on_signal(stop: threading.Event, started: threading.Event) -> None:
    """Once started, `stop` ends it in order. Before, whatever is under way is left where it is: the state is
    whole at every moment, and nobody waits for a large estate to be read.
    """

    def end(*_: object) -> None:
        if stop.is_set():
            return  # it is ending
        stop.set()
        if not started.is_set():
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _show_endpoints(endpoints: Endpoints, state: Path) -> None:
    out = console()
    out.print()
    for name, ring in endpoints.rings.items():
        ca = f"  [dim](CA: {ring.ca_file})[/]" if ring.ca_file else ""
        out.print(f"  {name:<9} {ring.base_url}{ca}")
    out.print(f"  admin     {endpoints.admin.url}  [dim](token: {endpoints.admin.token_file})[/]")
    out.print(f"\nState is in {state}. Ctrl-C ends it.")

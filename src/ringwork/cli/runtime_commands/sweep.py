"""`ringwork sweep`: does anything arrive that a ring may not see?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringwork.cli.render import console, print_json, safe
from ringwork.cli.runtime_commands.options import Format, Output

if TYPE_CHECKING:
    from rich.console import Console

    from ringwork.sweep.results import Discovery, Results

_SHOWN = 20
_TITLES = {"leak": "[bold red]leaks[/]", "over-block": "[bold yellow]over-blocks[/]"}


def run_sweep(
    apis: Annotated[
        list[str] | None, typer.Argument(help="APIs, by the names of their folders; default: all.")
    ] = None,
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.")] = Path(),
    format: Format = Output.TEXT,
) -> None:
    """Run the estate before a service that answers everything, call everything on every ring, and list what arrives
    that a ring's document does not show (leaks), and what it shows that does not arrive (over-blocks).

    A gateway of its own is started on free loopback ports and ended again. Exit code 2 when anything was found.
    """
    from ringwork.app.planes import sweeping_plane
    from ringwork.kernel.clock import system_clock
    from ringwork.sweep.running import sweep_estate

    progress = console(stderr=True)
    results = sweep_estate(
        estate,
        apis or (),
        sweeping_plane,
        system_clock,
        told=lambda name: progress.print(f"[dim]{safe(name)}[/]"),
    )
    if format is Output.JSON:
        print_json(results.as_dict())
    else:
        show_results(console(), results)
    if not results.is_clean:
        raise typer.Exit(2)


def show_results(out: Console, results: Results) -> None:
    """The first of each kind, and the sums."""
    for kind in ("over-block", "leak"):
        found = list(results.of(kind))
        if found:
            out.print(f"\n{_TITLES[kind]}")
        for discovery, times in found[:_SHOWN]:
            _show(out, discovery, times)
        if len(found) > _SHOWN:
            out.print(f"  and {len(found) - _SHOWN:,} more (--format json has them all)")
    out.print(
        f"\n{results.probes:,} probes in {results.responses:,} responses of {results.operations:,} operations: "
        f"{results.leaks:,} leaks, {results.over_blocks:,} over-blocks, {results.undecided:,} undecided "
        f"({results.seconds:.1f} s)"
    )


def _show(out: Console, one: Discovery, times: int) -> None:
    status = f" {one.status}" if one.status else ""
    often = f" [dim]({times:,} times)[/]" if times > 1 else ""
    out.print(
        f"  {one.ring:<8} {safe(one.api)} {safe(one.version)} {safe(one.operation)}{status}  {safe(one.place)}{often}"
    )
    out.print(f"           [dim]{safe(one.why)}[/]")

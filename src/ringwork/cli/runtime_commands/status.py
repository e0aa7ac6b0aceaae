"""`ringwork status`: what runs, and what it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, state_directory


def show_status(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """What runs and what it serves. Exit code 1: something is not as it should be."""
    from ringwork.fleet.inspection import status

    found = status(state_directory(state))
    if format is Output.JSON:
        print_json(found)
    else:
        _show(console(), found)
    raise typer.Exit(0 if found["healthy"] else 1)


def _show(out: Console, found: dict[str, Any]) -> None:
    gateway = found["gateway"]
    out.print(
        f"control plane  {'running' if found['control_plane'] else '[red]not running[/]: start it with `ringwork up`'}"
    )
    if gateway["running"]:
        out.print(f"gateway        process {gateway['pid']}, serves revision {gateway['revision']}")
    else:
        out.print("gateway        [red]not running[/]")
    published = found["published"]
    environment = f" of {found['environment']}" if found["environment"] else ""
    out.print(
        f"published      {'nothing yet' if published is None else f'revision {published}{environment}'}"
    )
    if gateway["refused"] is not None:
        refused = gateway["refused"]
        said = escape(f"{refused['message']} ({refused['code']})")
        out.print(f"[bold red]refused[/]        revision {refused['revision']}: {said}")
    for service, lack in gateway["upstreams"].items():
        out.print(f"upstream       {service}: {lacking(lack)}", markup=False)
    if gateway["shared_limits"] is not None:
        out.print(f"limits         {shared_by(gateway['shared_limits'])}", markup=False)
    for signal, standing in gateway["telemetry"].items():
        out.print(f"{signal:<14} {sent_on(standing)}", markup=False)
    for node in found["nodes"]:
        show_node(out, node)
    if found["keys_ending"]:
        count = f"{found['keys_ending']:,} end within 14 days"
        out.print(f"keys           {count}: ringwork key list --expiring 14d")
    for problem in found["problems"]:
        out.print(f"[bold red]problem[/]        {escape(problem)}")
    for name, ring in found["rings"].items():
        pin = f"  (pin {ring['pin']})" if ring["pin"] else ""
        out.print(f"{name:<14} {ring['base_url']}{pin}")


def show_node(out: Console, node: dict[str, Any]) -> None:
    """What it said last; its access log is on its own machine."""
    served = "serves nothing yet" if node["revision"] is None else f"serves revision {node['revision']}"
    heard = f"heard of {node['last_contact']}" if node["last_contact"] else "never heard of"
    state = f"revoked {node['revoked_at']}" if node["revoked_at"] else f"{served}, {heard}"
    out.print(f"gateway {node['name']}: {', '.join(node['rings'])}; {state}", markup=False)
    for service, lack in node["upstreams"].items():
        out.print(f"  upstream {service}: {lacking(lack)}", markup=False)
    if node["shared_limits"] is not None:
        out.print(f"  limits: {shared_by(node['shared_limits'])}", markup=False)
    for signal, standing in node["telemetry"].items():
        out.print(f"  {signal}: {sent_on(standing)}", markup=False)


def lacking(lack: Mapping[str, Any]) -> str:
    """`2 of 3 endpoints are not called: 10.0.0.7:80 unhealthy, 10.0.0.9:80 ejected`."""
    if not lack["endpoints"]:
        return "no address is known of it"
    named = [f"{address} {why}" for address, why in lack["addresses"].items()]
    more = lack["left_out"] - len(named)
    listed = ", ".join([*named, *([f"and {more} more"] if more else [])])
    return f"{lack['left_out']} of {lack['endpoints']} endpoints are not called: {listed}"


def shared_by(shared: Mapping[str, Any]) -> str:
    """`shared by 3 of 3 gateways since 2026-01-02T03:04:05Z`."""
    if not shared["available"]:
        share = f"it goes on with 1/{shared['gateways']} of each"
        return f"not shared since {shared['since']}: {shared['problem']}; {share}"
    return f"shared by {shared['gateways_seen']} of {shared['gateways']} gateways since {shared['since']}"


def sent_on(standing: Mapping[str, Any]) -> str:
    """`1,204 records sent, the last 2026-01-02T03:04:05Z; 0 bytes behind; 3 dropped`."""
    last = f", the last {standing['last_success']}" if standing["last_success"] else ""
    lost = [f"{standing[kind]:,} {kind}" for kind in ("rejected", "dropped", "gaps") if standing[kind]]
    sent = f"{standing['sent']:,} records sent{last}"
    return "; ".join([sent, f"{standing['backlog_bytes']:,} bytes behind", *lost])

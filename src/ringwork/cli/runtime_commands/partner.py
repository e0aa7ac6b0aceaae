"""`ringwork partner`: what holds for a partner, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ringwork.cli.render import console, print_json, printable
from ringwork.cli.runtime_commands.onboarding import onboard
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    plain,
    readable,
    state_directory,
    table_of,
)

partners = typer.Typer(no_args_is_help=True, help="Partners, as gateways treat them.")


# What it means that nothing is said.
_NOTHING_SAID = {"features": "none", "networks": "any", "limits.per_day": "no limit"}


partners.command("onboard")(onboard)


@partners.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The partner's: that of its file.")],
    effective: Annotated[
        bool, typer.Option("--effective", help="Every value that takes effect, and each operation it sees.")
    ] = False,
    estate: Annotated[
        Path | None,
        typer.Option("--estate", help="Where values are written; default: what was applied last."),
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Limits with today's use, what it may call, its keys; where each value is written."""
    from ringwork.app.partners import show_partner

    with readable(state):
        found = show_partner(name, state_directory(state), estate)
    if format is Output.JSON:
        print_json(found)
        return
    _show(console(), found, whole=effective)


def _show(out: Console, found: Mapping[str, Any], *, whole: bool) -> None:
    account = found["account"]
    state = "no account" if account is None else f"account {account['id']}, {account['state']}"
    out.print(f"{found['partner']}: {state}; revision {found['revision']}", markup=False)
    out.print(table_of(map(_value, found["values"]), ("key", "value", "written at", "note")))
    use = found["use"]
    if use["requests"] is not None:
        count = f"{use['requests']:,} of {use['per_day']:,}"
        out.print(f"\nused on {use['day']} (UTC) at the gateway here: {count}", markup=False)
    _show_reach(out, found, whole)
    for row in found["without_effect"]:
        out.print(f"no effect yet: {row['key']} ({row['at']})", markup=False)
    if found["keys"]:
        out.print()
        columns = ("id", "status", "application", "expires_at", "used_at", "apis", "versions", "networks")
        out.print(table_of(found["keys"], columns))


def _value(row: Mapping[str, Any]) -> dict[str, Any]:
    notes = {"ring": "default of the ring", "default": "default", "environment": "of the environment"}
    note = notes.get(row["source"], "" if row["source"] == "partner" else row["source"])
    if row["source"] == "another revision":
        note = f"not applied yet: {plain(row['pending'])}"
    value = row["value"] or _NOTHING_SAID.get(row["key"])
    if row["key"] == "versions" and row["value"] is None:
        value = "all"
    elif isinstance(value, dict):
        value = [f"{api}: {plain(names)}" for api, names in value.items()]
    return {"key": row["key"], "value": value, "written at": row["at"], "note": note}


def _show_reach(out: Console, found: Mapping[str, Any], whole: bool) -> None:
    proofs = found["proofs"]
    ways = [
        *(["API key"] if proofs["api_key"] else []),
        *(["certificate"] if proofs["certificates"] else []),
        *(f"tokens of {name}" for name in proofs["issuers"]),
    ]
    out.print(f"known by: {', '.join(ways) or 'nothing'}", markup=False)
    if whole and found["ring_networks"]:
        out.print(f"the ring's networks: {', '.join(found['ring_networks'])}", markup=False)
    for version in found["visible"]:
        opened = f", by the feature {version['feature']}" if version["feature"] else ""
        count = len(version["operations"])
        out.print(f"sees {version['api']} {version['version']}: {count} operations{opened}", markup=False)
        for operation in version["operations"] if whole else ():
            by = f"  (feature {operation['feature']})" if operation["feature"] else ""
            line = f"  {operation['method']:<7} {operation['path']}{by}  {operation['because']}"
            out.print(printable(line), markup=False)
    for row in found["closed"] if whole else ():
        what = " ".join(part for part in (row["api"], row["version"], row["operation"]) if part)
        out.print(f"does not see {what}: {row['because']}", markup=False)

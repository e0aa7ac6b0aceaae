"""`ringwork gate`: asking for what a change waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask as ask_admin
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Environment, Format, Output, State
from ringwork.governance.gates.model import State as GateState
from ringwork.kernel.refusal import Refused

gates = typer.Typer(no_args_is_help=True, help="Gates that a change has to pass (docs/gates.md).")


@gates.command("ask")
def ask(
    api: Annotated[str, typer.Argument(help="An API that waits.")],
    reason: Annotated[str, typer.Option("--reason", help="What the change is for; on record.")],
    gate: Annotated[str | None, typer.Option("--gate", help="Default: all that wait.")] = None,
    ring: Annotated[str | None, typer.Option("--ring", help="Default: all rings that wait.")] = None,
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.")] = Path(),
    environment: Environment = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Ask those whom the estate names to let an API through. What they approve is exactly what it is now."""
    order = {"estate": str(estate.absolute()), "api": api, "reason": reason}
    order |= {} if environment is None else {"environment": environment}
    made = [
        ask_admin(state, "POST", "/gates", {**order, "gate": name, "ring": of})
        for name, of in _waiting(estate, state, environment, api, gate, ring)
    ]
    if format is Output.JSON:
        print_json(made)
        return
    for each in made:
        asked = each["asked"]
        told = (
            f"{asked['gate']} ({asked['ring']}): {each['quorum']} of {', '.join(each['groups'])} have to approve, "
            f"until {each['expires_at']}:\n  ringwork approval approve {each['id']}"
        )
        console().print(told, markup=False, soft_wrap=True)


def _waiting(
    estate: Path, state: Path, environment: str | None, api: str, gate: str | None, ring: str | None
) -> list[tuple[str, str]]:
    """Gates and rings that nobody was asked about yet. Raises Refused where there is none."""
    if gate is not None and ring is not None:
        return [(gate, ring)]
    from ringwork.cli.estate.plan import judged_plan

    with judged_plan(estate, state, environment, None) as judged:
        results = judged.gates.results if judged.gates is not None and judged.gates.enforced else ()
    found = [
        (one.gate, one.ring.label)
        for one in results
        if one.api == api and one.state is GateState.WAITING and one.approval is None
        if gate in (None, one.gate) and ring in (None, one.ring.label)
    ]
    if not found:
        message = f"no gate waits for somebody to be asked about {api}"
        raise Refused("gate-not-waiting", message, "`ringwork plan` shows what waits for whom.", status=409)
    return found

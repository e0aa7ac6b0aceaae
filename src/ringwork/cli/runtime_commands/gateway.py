"""`ringwork gateway`: gateways elsewhere, run on their machine, enrolled and revoked on the control plane's."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.desk import desk
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Health,
    Output,
    RingName,
    State,
    readable,
    show_done,
    show_rows,
    state_directory,
)
from ringwork.kernel.refusal import Refused

gateways = typer.Typer(help="Gateways elsewhere.")

_TOKEN_VARIABLE = "RINGWORK_ENROLMENT_TOKEN"


@gateways.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    control: Annotated[
        str | None,
        typer.Option("--control", metavar="URL", help="The control plane's --nodes address, as https URL."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", envvar=_TOKEN_VARIABLE, help="Enrol first, with what `enrol` printed."),
    ] = None,
    health: Health = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Run a gateway on this machine until Ctrl-C, for a control plane elsewhere.

    Enrolled once with --control and --token, it starts from its last good state, with or without them.
    SIGUSR2: begin anew with what is installed now; the gateway serves on meanwhile.
    """
    if context.invoked_subcommand is not None:
        return
    from ringwork.app.elsewhere import remote_gateway
    from ringwork.fleet.ending import Ending

    out, ending = console(), Ending()
    ending.started()
    ending.hear()
    with readable(state):
        remote_gateway(
            state_directory(state),
            control=None if control is None else _https(control),
            token=token,
            health=health,
            say=lambda line: out.print(line, style="dim", markup=False),
            ending=ending,
        )
    if ending.leaves_gateway:
        ending.begin_anew()


@gateways.command("enrol")
def enrol(
    name: Annotated[str, typer.Argument(help="What the gateway is called from now on.")],
    rings: Annotated[list[RingName], typer.Option("--ring", help="A ring it serves; may be repeated.")],
    listen: Annotated[
        list[str] | None,
        typer.Option(
            "--listen", metavar="RING=ADDRESS:PORT", help="Where it listens, if not where the estate says."
        ),
    ] = None,
    expires: Annotated[
        str, typer.Option("--expires", help="How long the token can be used, at most 7d.")
    ] = "1h",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Print a token that enrols one gateway, once."""
    order = {
        "name": name,
        "rings": [ring.value for ring in dict.fromkeys(rings)],
        "listeners": _listeners(listen or []),
        "expires": expires,
    }
    with desk(state) as asked:
        invited = asked.ask("POST", "/gateway-invitations", order)
    if format is Output.JSON:
        print_json(invited)
        return
    console().print(invited["token"], markup=False, soft_wrap=True)
    out = console(stderr=True)
    out.print(f"On the other machine, until {invited['expires_at']}, once:", style="dim")
    out.print(
        f"  {_TOKEN_VARIABLE}=… ringwork gateway --control https://CONTROL:PORT", style="dim", markup=False
    )


@gateways.command("upgrade")
def upgrade(state: State = DEFAULT_STATE) -> None:
    """Replace this machine's gateway by one of the binary as it is now, without refusing a connection."""
    from ringwork.fleet.directory import NodeDirectory
    from ringwork.fleet.succession import ask_for_upgrade

    directory = state_directory(state)
    if not directory.node.is_dir() or not directory.is_up():
        help = "Start `ringwork up` or `ringwork gateway` there, or name the right one with --state."
        raise Refused("not-running", f"nothing supervises a gateway on {directory.root}", help, status=409)
    before, after = ask_for_upgrade(NodeDirectory(directory.node))
    console().print(f"Gateway {before} is replaced by {after}.", markup=False)


@gateways.command("list")
def list_gateways(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Enrolled gateways: what each serves, and when it was heard last."""
    with desk(state) as asked:
        found = asked.every("/gateways", "gateways")
    columns = ("name", "rings", "revision", "last_contact", "version", "revoked_at")
    show_rows(found, columns, format)


@gateways.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="Its name, as `ringwork gateway list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a gateway: it is told nothing more, and ends when it next asks."""
    from urllib.parse import quote

    with desk(state) as asked:
        ended = asked.ask("DELETE", f"/gateways/{quote(name, safe='')}")
    show_done(ended, f"The gateway {name} is revoked.", format)


def _listeners(listen: list[str]) -> dict[str, list[str]]:
    """Ring → addresses."""
    listeners: dict[str, list[str]] = {}
    for each in listen:
        ring, _, address = each.partition("=")
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise Refused("listen-malformed", f'"{each}" names no listener', "Write public=0.0.0.0:8443.")
        listeners.setdefault(ring, []).append(address)
    return listeners


def _https(url: str) -> str:
    if not url.startswith("https://"):
        raise Refused("control-malformed", f'"{url}" is no https URL', "Write https://10.0.0.5:7443.")
    return url.rstrip("/")

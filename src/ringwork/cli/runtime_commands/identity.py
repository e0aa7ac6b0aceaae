"""`ringwork identity`: certificates and tokens of services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.desk import desk
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    show_done,
    show_rows,
)

identities = typer.Typer(no_args_is_help=True, help="Identities of services on the internal ring.")

Service = Annotated[str, typer.Argument(help="Name of the service; its SPIFFE id ends with it.")]


@identities.command("issue")
def issue(
    service: Service,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for cert.pem, key.pem, ca.pem.")] = None,
    ttl: Annotated[str, typer.Option("--ttl", help="Lifetime, at most 30d.")] = "24h",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Issue an X.509-SVID: what a service presents to call others through the internal ring."""
    if out is not None:
        _demand_writable(out)  # before anything is on record
    with desk(state) as asked:
        issued = asked.ask("POST", "/identities/certificates", {"service": service, "expires": ttl})
    files = _write(out, issued) if out is not None else {}
    if format is Output.JSON:
        print_json(_without_secrets(issued, files) if files else issued)
    elif files:
        names = ", ".join(files.values())
        console().print(f"{issued['spiffe_id']} until {issued['expires_at']}: {names}", markup=False)
    else:
        console().print(issued["certificate_pem"] + issued["key_pem"], markup=False, end="")


@identities.command("token")
def token(
    service: Service,
    ttl: Annotated[str, typer.Option("--ttl", help="Lifetime, at most 24h.")] = "1h",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Issue a token for the header x-internal-service-token, where a certificate cannot be presented."""
    with desk(state) as asked:
        issued = asked.ask("POST", "/identities/tokens", {"service": service, "expires": ttl})
    if format is Output.JSON:
        print_json(issued)
    else:
        console().print(issued["token"], markup=False)


@identities.command("revoke")
def revoke(
    handle: Annotated[
        str, typer.Argument(metavar="SERIAL", help="Serial of a certificate, or jti of a token.")
    ],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a certificate or token. The gateway refuses it from the moment this returns."""
    from urllib.parse import quote

    with desk(state) as asked:
        ended = asked.ask("DELETE", f"/identities/{quote(handle, safe='')}")
    show_done(ended, f"The {ended['kind']} {ended['handle']} of {ended['spiffe_id']} is revoked.", format)


@identities.command("list")
def list_identities(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """What was issued."""
    with desk(state) as asked:
        found = asked.every("/identities", "identities")
    columns = ("handle", "kind", "spiffe_id", "expires_at", "revoked_at")
    show_rows(found, columns, format)


def _demand_writable(out: Path) -> None:
    """Raises OSError."""
    import tempfile

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=out):
        pass


def _write(out: Path, issued: dict[str, Any]) -> dict[str, str]:
    """Key first and private; whoever sees the new certificate finds its key."""
    from ringwork.kernel.files import PRIVATE_FILE, READABLE_FILE, write_atomically

    out.mkdir(parents=True, exist_ok=True)
    modes = {"key": PRIVATE_FILE, "certificate": READABLE_FILE, "ca": READABLE_FILE}
    names = {"key": "key.pem", "certificate": "cert.pem", "ca": "ca.pem"}
    for part, mode in modes.items():
        write_atomically(out / names[part], issued[f"{part}_pem"].encode(), mode=mode)
    return {f"{part}_file": str(out / name) for part, name in names.items()}


def _without_secrets(issued: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in issued.items() if not name.endswith("_pem")} | files

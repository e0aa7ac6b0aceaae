"""`ringwork identity`: certificates and tokens of services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    opened,
    show_done,
    show_rows,
)

identities = typer.Typer(no_args_is_help=True, help="Identities of services on the internal ring.")

_PAGE = 1000

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
    from ringwork.control.durations import lifetime
    from ringwork.control.identities import LONGEST_SVID_LIFETIME
    from ringwork.control.views import svid

    if out is not None:
        _demand_writable(out)  # before anything is on record
    with opened(state) as control:
        given = lifetime(ttl, longest=LONGEST_SVID_LIFETIME)
        issued = svid(control.identities.issue_certificate(service, given))
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
    from ringwork.control import views
    from ringwork.control.durations import lifetime
    from ringwork.control.tokens import MAX_LIFETIME

    with opened(state) as control:
        issued = control.identities.issue_token(service, lifetime(ttl, longest=MAX_LIFETIME))
    if format is Output.JSON:
        print_json(views.token(issued))
    else:
        console().print(issued.text, markup=False)


@identities.command("revoke")
def revoke(
    handle: Annotated[
        str, typer.Argument(metavar="SERIAL", help="Serial of a certificate, or jti of a token.")
    ],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a certificate or token. The gateway refuses it from the moment this returns."""
    from ringwork.control.views import identity

    with opened(state) as control:
        ended = identity(control.identities.revoke(handle))
    show_done(ended, f"The {ended['kind']} {ended['handle']} of {ended['spiffe_id']} is revoked.", format)


@identities.command("list")
def list_identities(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """What was issued."""
    from ringwork.control.views import identity

    with opened(state) as control:
        found = [identity(each) for each in control.identities.every(page=_PAGE)]
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

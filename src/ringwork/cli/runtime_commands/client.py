"""`ringwork client`: OAuth clients of applications."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    show_done,
    show_members,
    show_rows,
)
from ringwork.kernel.refusal import Refused

clients = typer.Typer(
    no_args_is_help=True, help="OAuth clients: what of an application's gets access tokens."
)

_LONGEST_PEM = 16 * 1024

Client = Annotated[str, typer.Argument(metavar="ID", help="The client_id, as `client list` shows it.")]


@clients.command("create")
def create(
    application: Annotated[
        str, typer.Argument(metavar="APPLICATION", help="Id, as `application list` shows it.")
    ],
    jwks: Annotated[
        Path | None,
        typer.Option("--jwks", help="JWK set of public keys: it proves itself by one, and has no secret."),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate", help="PEM of its certificate: it proves itself by that, and has no secret."
        ),
    ] = None,
    bound: Annotated[
        bool,
        typer.Option("--certificate-bound", help="Its tokens open nothing without the certificate it shows."),
    ] = False,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Only this scope of its agreement (repeat).")
    ] = None,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option("--redirect-uri", help="Where its users come back to (repeat): it acts for users."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="It runs where its users are, and can keep no secret.")
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make a client. Its secret is shown once; Ringwork keeps only the hash."""
    order: dict[str, Any] = {"application": application, "scopes": scope or []}
    order |= {"redirect_uris": redirect_uri or [], "public": public, "certificate_bound": bound}
    if jwks is not None:
        order["jwks"] = _key_set(jwks)
    if certificate is not None:
        order["certificate"] = _pem(certificate)
    made = ask(state, "POST", "/clients", order)
    _show_once(made, f"end it with: ringwork client revoke {made['id']}", format)


@clients.command("rotate-secret")
def rotate_secret(
    client: Client,
    overlap: Annotated[
        str, typer.Option("--overlap", help="How long the secret before works still: 7d, 24h; 0: no longer.")
    ] = "7d",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make another secret, which takes the place of this client's."""
    order = {"overlap": None if overlap == "0" else overlap}
    made = ask(state, "POST", f"/clients/{client}/rotate-secret", order)
    until = made["previous_secret_until"]
    _show_once(
        made, "the one before is void" if until is None else f"the one before works until {until}", format
    )


@clients.command("rotate-certificate")
def rotate_certificate(
    client: Client,
    certificate: Annotated[Path, typer.Argument(metavar="FILE", help="PEM of its next certificate.")],
    overlap: Annotated[
        str,
        typer.Option("--overlap", help="How long the one before works still: 7d, 24h; 0: no longer."),
    ] = "7d",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Give this client another certificate, before the one it has ends."""
    order = {"certificate": _pem(certificate), "overlap": None if overlap == "0" else overlap}
    made = ask(state, "POST", f"/clients/{client}/rotate-certificate", order)
    until, ends = made["previous_certificate_until"], made["certificate"]["ends_at"]
    before = "the one before is void" if until is None else f"the one before works until {until}"
    show_done(made, f"Client {client} has a certificate until {ends}; {before}.", format)


@clients.command("list")
def list_clients(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All clients, without their secrets."""
    found = every(state, "/clients", "clients")
    columns = ("id", "ring", "consumer", "application", "authentication", "scopes", "used_at", "revoked_at")
    show_rows(found, columns, format)


@clients.command("show")
def show(client: Client, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """One client."""
    show_members(ask(state, "GET", f"/clients/{client}"), format)


@clients.command("revoke")
def revoke(client: Client, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """End a client. The gateway refuses its tokens from the moment this returns."""
    ended = ask(state, "DELETE", f"/clients/{client}")
    show_done(ended, f"Client {ended['id']} of {ended['consumer']} is revoked, with its tokens.", format)


def _key_set(path: Path) -> dict[str, Any]:
    """Raises Refused."""
    help = "Name a file with a JWK set (RFC 7517)."
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise Refused("client-keys-unusable", f"{path} cannot be read as JSON", help) from None
    if not isinstance(found, dict):
        raise Refused("client-keys-unusable", f"{path} holds no JWK set", help)
    return found


def _pem(path: Path) -> str:
    """Raises Refused: nobody's private key leaves this machine."""
    help = "Name a PEM file with the client's certificate alone."
    try:
        text = path.read_bytes().decode("ascii")
    except (OSError, ValueError):
        raise Refused("client-certificate-unusable", f"{path} cannot be read as PEM", help) from None
    if "PRIVATE KEY" in text:
        message = f"{path} has a private key in it, which stays with the client"
        raise Refused("client-certificate-unusable", message, help)
    if len(text) > _LONGEST_PEM:
        raise Refused("client-certificate-unusable", f"{path} is longer than {_LONGEST_PEM} bytes", help)
    return text


_SHOWN = {
    "client_secret": "Shown once",
    "private_key_jwt": "It proves itself by its key",
    "self_signed_tls_client_auth": "It proves itself by its certificate",
    "none": "It is public",
}


def _show_once(made: Mapping[str, Any], more: str, format: Output) -> None:
    if format is Output.JSON:
        print_json(made)
        return
    out = console()
    out.print(f"client_id      {made['id']}", markup=False)
    if made["secret"] is not None:
        out.print(f"client_secret  {made['secret']}", markup=False, soft_wrap=True)
    told = _SHOWN[made["authentication"]]
    out.print(f"{told}; {more}", style="dim", markup=False)

"""`ringwork call`: one call with the right URL, certificate, host and CA."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.credentials import (
    chosen_ring,
    header,
    one_certificate,
    rings_accepting,
    token_given,
)
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    RingName,
    State,
    current_manifest,
    opened,
    state_directory,
)
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    import httpx

    from ringwork.control.control import Control
    from ringwork.fleet.calling import Client

_ONE_CALL = timedelta(minutes=5)


def call(
    api: Annotated[str, typer.Argument(help="Name of the API.")],
    method: Annotated[str, typer.Argument(help="GET, POST, …")],
    path: Annotated[str, typer.Argument(help="Path as the API's contract writes it, with query.")],
    as_: Annotated[str | None, typer.Option("--as", help="Call as this service.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Call with this key.")] = None,
    token: Annotated[
        str | None, typer.Option("--token", help="Call with an access token; @FILE reads one.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="PEM: show it, where the ring asks for one.")
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option("--certificate-key", help="PEM: its key, if that is in another file.")
    ] = None,
    ring: Annotated[RingName | None, typer.Option("--ring", help="Where; else the caller's ring.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Else the default, or the newest.")] = None,
    data: Annotated[str | None, typer.Option("--data", "-d", help="Body; @FILE reads one.")] = None,
    headers: Annotated[list[str] | None, typer.Option("--header", "-H", help="NAME: VALUE (repeat).")] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Call an API through the gateway. Exit code 2: it answered with an error."""
    from ringwork.fleet.addressing import address_of

    one_certificate(as_, certificate)
    shown = None if certificate is None else (certificate, certificate_key)
    with opened(state) as control:
        manifest, given_token = current_manifest(state), token_given(token)
        where = chosen_ring(control, ring, key, as_, lambda: rings_accepting(manifest, given_token))
        address = address_of(manifest, where, api, path, version)
        client = _client(control, state, where, key, as_, shown)
    body = _body(data)
    given = [header(each) for each in headers or []]
    if given_token is not None:
        given.append(("authorization", f"Bearer {given_token}"))
    if body is not None and not any(name == "content-type" for name, _ in given):
        given.append(("content-type", "application/json"))
    answer = client.send(address, method.upper(), given, body)
    _show(answer, format)
    raise typer.Exit(2 if answer.is_error else 0)


def _client(
    control: Control,
    state: Path,
    ring: str,
    key: str | None,
    as_: str | None,
    shown: tuple[Path, Path | None] | None,
) -> Client:
    from ringwork.fleet.calling import Client
    from ringwork.fleet.endpoints import read_endpoints

    endpoints = read_endpoints(state_directory(state).endpoints)
    ca_file = endpoints.rings[ring].ca_file if endpoints and ring in endpoints.rings else None
    svid = control.identities.issue_certificate(as_, _ONE_CALL) if as_ is not None else None
    return Client(ca_file=ca_file, key=key, svid=svid, shown=shown)


def _body(data: str | None) -> bytes | None:
    if data is None or not data.startswith("@"):
        return None if data is None else data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise Refused("body-unreadable", f"{data[1:]}: {error.strerror}", "Name a file after @.") from None


def _show(answer: httpx.Response, format: Output) -> None:
    if format is Output.JSON:
        fields = [[name, value] for name, value in answer.headers.items()]
        print_json({"status": answer.status_code, "headers": fields, "body": answer.text})
        return
    console(stderr=True).print(f"{answer.status_code} {answer.reason_phrase}", style="bold")
    for name, value in answer.headers.items():
        console(stderr=True).print(f"{name}: {value}", style="dim", markup=False)
    sys.stdout.write(answer.text if answer.text.endswith("\n") or not answer.text else f"{answer.text}\n")

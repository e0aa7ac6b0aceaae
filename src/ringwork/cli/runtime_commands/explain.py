"""`ringwork explain`: why a call is answered as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.credentials import (
    Presented,
    chosen_ring,
    header,
    proof_for_explanation,
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


def explain(
    method: Annotated[str | None, typer.Argument(help="GET, POST, …")] = None,
    url: Annotated[str | None, typer.Argument(help="A URL, or a path.")] = None,
    ring: Annotated[RingName | None, typer.Option("--ring", help="The ring it arrives on.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Sent as X-Api-Key.")] = None,
    token: Annotated[str | None, typer.Option("--token", help="An access token; @FILE reads one.")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="A service: orders, or its SPIFFE id.")] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="PEM: the client's, that a token is bound to.")
    ] = None,
    headers: Annotated[list[str] | None, typer.Option("--header", "-H", help="NAME: VALUE (repeat).")] = None,
    address: Annotated[str, typer.Option("--address", help="The client's IP address.")] = "127.0.0.1",
    request_id: Annotated[str | None, typer.Option("--request-id", help="A call of the access log.")] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Take a call through the gateway's own code: each decision, and which line of which file decided it.

    Nothing is sent, and nothing is taken from anyone's limit.
    """
    if request_id is not None:
        found = _logged(state, request_id)
    elif method is None or url is None:
        raise Refused("call-missing", "nothing to explain", "Name METHOD and URL, or a --request-id.")
    else:
        presented = Presented(key, token_given(token), as_, certificate)
        found = _asked(state, method, url, ring, presented, headers or [], address)
    if format is Output.JSON:
        print_json(found)
    else:
        _show(console(), found)


def _asked(
    state: Path,
    method: str,
    url: str,
    ring: RingName | None,
    presented: Presented,
    headers: list[str],
    address: str,
) -> dict[str, Any]:
    from ringwork.fleet.explain import Question, question_from_url
    from ringwork.fleet.explain import explain as explained
    from ringwork.fleet.inspection import node_of

    host, target = question_from_url(url)
    with opened(state) as control:
        proof = proof_for_explanation(control, presented)
        manifest, token = current_manifest(state), presented.token
        accepting = lambda: rings_accepting(manifest, token)  # noqa: E731
        question = Question(
            ring=chosen_ring(control, ring, presented.key, presented.service, accepting),
            method=method,
            target=target,
            host=host,
            headers=(*map(header, headers), *proof.headers),
            client_address=address,
            certificate_chain=proof.certificate_chain,
        )
        return explained(question, node_of(state_directory(state)), control)


def _logged(state: Path, request_id: str) -> dict[str, Any]:
    from ringwork.fleet.explain import explain_logged
    from ringwork.fleet.inspection import node_of

    with opened(state) as control:
        return explain_logged(request_id, node_of(state_directory(state)), control)


def _show(out: Console, found: dict[str, Any]) -> None:
    title = f"{found['method']} {found['target']} on the {found['ring']} ring, revision {found['revision']}"
    out.print(f"[bold]{escape(title)}[/]\n")
    for step in found["steps"]:
        detail = "  ".join(f"{name}={value}" for name, value in step["detail"].items())
        colour = {"passed": "green", "answered": "red"}.get(step["outcome"], "dim")
        out.print(f"  {step['step']:<11} [{colour}]{step['outcome']:<9}[/] {escape(detail)}")
    for operation in found["declared"]:
        out.print(f"\n{escape(declaration(operation))}")
    for name, place in found["places"].items():
        out.print(f"  {name:<9} {escape(place)}")
    for each in found["overridden"]:
        out.print(f"  {each['kind']} {each['name']}: {each['key']} is what {escape(each['stated_at'])} says")
    out.print(f"\n[bold]{escape(conclusion(found))}[/]")
    if found.get("body"):
        out.print(escape(found["body"]))


def declaration(operation: dict[str, Any]) -> str:
    """`orders v2: GET /orders/export (exportOrders) reaches internal; declared FILE:1:2, decided FILE:3:4`."""
    decided = operation["decided_at"]
    why = f"decided at {decided}" if decided else "nobody labelled it, so it is internal"
    return (
        f"{operation['api']} {operation['version']}: {operation['method']} {operation['template']} "
        f"({operation['id']}) reaches {operation['published']}\n"
        f"  declared at {operation['declared_at']}\n  {why}"
    )


def conclusion(found: dict[str, Any]) -> str:
    """What becomes of it, in a line."""
    if found["verdict"] == "forward":
        upstream = found["upstream"]
        return f"Forwarded to {upstream['host']}:{upstream['port']}{found['upstream_target']}"
    if found["verdict"] == "logged":
        said = [f"{found['status']} {found['code'] or ''}".rstrip(), found["reason"], found["meaning"]]
        return "Was answered " + ". ".join(part.rstrip(".") for part in said if part)
    reason = f": {found['reason']}" if found.get("reason") else ""
    return f"Answered {found['status']} {found['code'] or ''}{reason}"

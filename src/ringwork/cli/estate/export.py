"""`ringwork export`: the document of an API as one ring sees it, and that of the admin API."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringwork.audience import Audience, understood
from ringwork.audience.audience import WORDS
from ringwork.cli.render import console, show_findings
from ringwork.governance.assess import assess
from ringwork.governance.call_graph import (
    PEOPLE,
    SERVICE,
    SOMEBODY,
    Observed,
    Seen,
    as_dot,
    as_mermaid,
    call_graph,
)
from ringwork.governance.export import export_openapi
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean

exports = typer.Typer(no_args_is_help=True, help="Documents for those an API is for.")


class Syntax(StrEnum):
    """How a document is written."""

    YAML = "yaml"
    JSON = "json"


class Drawing(StrEnum):
    """How a graph is written."""

    JSON = "json"
    DOT = "dot"
    MERMAID = "mermaid"


Out = Annotated[
    Path | None, typer.Option("--out", help="Write it into this file instead of to standard output.")
]
Folder = Annotated[Path, typer.Option("--estate", help="Folder of the estate.")]
Environment = Annotated[
    str | None,
    typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
]


@exports.command("openapi")
def export_document(
    api: Annotated[str, typer.Argument(help="The API, by the name of its folder.")],
    ring: Annotated[str, typer.Option("--ring", help="internal, partner or public.")],
    version: Annotated[
        str | None, typer.Option("--version", help="Default: the API's default version, or its last.")
    ] = None,
    format: Annotated[Syntax, typer.Option("--format", help="How to write it.")] = Syntax.YAML,
    out: Out = None,
    estate: Folder = Path(),
    environment: Environment = None,
) -> None:
    """Write the OpenAPI document of an API for one ring: what it is served and may see, and nothing else."""
    assessment = assess(estate, environment=environment)
    text, findings = export_openapi(
        estate,
        assessment,
        api=api,
        version=version,
        ring=ring_of(ring),
        format=format.value,
        now=system_clock(),
    )
    show_findings(console(stderr=True), findings, estate)
    if text is None:
        raise typer.Exit(2)
    _write(text, out)


@exports.command("admin-api")
def export_admin_api(
    out: Out = None,
) -> None:
    """Write the OpenAPI document of Ringwork's own admin API, JSON; a running control plane serves it, too."""
    from ringwork.api.application import openapi_document
    from ringwork.api.document import document_text

    _write(document_text(openapi_document()), out)


@exports.command("call-graph")
def export_call_graph(
    observed: Annotated[
        bool,
        typer.Option("--observed", help="Count calls of the access log, too, and show what was never seen."),
    ] = False,
    state: Annotated[Path, typer.Option("--state", help="With --observed: the state directory.")] = Path(
        ".ringwork"
    ),
    format: Annotated[Drawing, typer.Option("--format", help="How to write it.")] = Drawing.JSON,
    out: Out = None,
    estate: Folder = Path(),
    environment: Environment = None,
) -> None:
    """Write which services, and people of which groups, may call which API on the internal ring."""
    assessment = assess(estate, environment=environment)
    if assessment.intent is None:
        show_findings(console(stderr=True), assessment.findings, estate)
        raise typer.Exit(2)
    edges = call_graph(assessment.intent, _seen(state) if observed else None)
    drawn = {Drawing.DOT: as_dot, Drawing.MERMAID: as_mermaid}
    if format is Drawing.JSON:
        _write(json.dumps({"edges": [edge.as_dict() for edge in edges]}, indent=2) + "\n", out)
    else:
        _write(drawn[format](edges), out)


def _seen(state: Path) -> Seen:
    """Raises Refused where there is no state directory."""
    from ringwork.cli.runtime_commands.options import state_directory
    from ringwork.fleet.inspection import node_of
    from ringwork.usage.callers import calls_inside
    from ringwork.usage.log import Damage, calls

    found: dict[tuple[str, str, str], Observed] = {}
    log = calls(node_of(state_directory(state)).access_log, Damage())
    for (is_person, consumer, api), (passed, refused) in calls_inside(log).items():
        who = (PEOPLE, SOMEBODY, api) if is_person else (SERVICE, consumer, api)
        known = found.get(who, Observed())
        found[who] = Observed(known.passed + passed, known.refused + refused)
    return found


def ring_of(word: str) -> Audience:
    """Raises Refused for what is no ring."""
    ring = understood(word)
    if ring is None:
        raise Refused("ring-unknown", f'"{word}" is no ring', did_you_mean(word, WORDS))
    return ring


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        help = "Choose another file."
        raise Refused("not-writable", f"cannot write {out}: {error.strerror}", help) from None

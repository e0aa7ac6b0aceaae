"""`ringwork mock`: a service that does not exist yet, made from its contract."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli.estate.export import ring_of
from ringwork.cli.render import console, show_findings
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused


def run_mock(
    api: Annotated[str, typer.Argument(help="The API, by the name of its folder; or an OpenAPI document.")],
    ring: Annotated[
        str, typer.Option("--ring", help="Answer as this ring sees the API: internal, partner or public.")
    ] = "internal",
    version: Annotated[
        str | None, typer.Option("--version", help="Default: the API's default version, or its last.")
    ] = None,
    listen: Annotated[
        str, typer.Option("--listen", metavar="ADDRESS:PORT", help="Port 0 is any free one.")
    ] = "127.0.0.1:4010",
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other values.")] = 0,
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.")] = Path(),
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
    ] = None,
) -> None:
    """Answer requests from an API's contract alone: its examples, or values made up from its schemas.

    `Prefer: code=404`, `Prefer: example=NAME` and `Prefer: dynamic=true` choose what is answered.
    """
    from ringwork.mock.answering import Mock
    from ringwork.mock.application import application
    from ringwork.mock.serving import bound, serve

    file = Path(api)
    document = _of_file(file, ring) if file.is_file() else _of_estate(estate, environment, api, version, ring)
    listener = bound(listen)
    host, port = listener.getsockname()[:2]
    where = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    served = application(Mock(document, seed))
    console().print(
        f"{api} as {ring} sees it: {where}\n{_example(document, where)}\nCtrl-C ends it.", markup=False
    )
    serve(served, listener)


def _of_estate(
    estate: Path, environment: str | None, api: str, version: str | None, ring: str
) -> dict[str, Any]:
    from ringwork.governance.assess import assess
    from ringwork.governance.export import export_openapi

    audience = ring_of(ring)
    assessment = assess(estate, environment=environment)
    text, findings = export_openapi(
        estate, assessment, api=api, version=version, ring=audience, format="json", now=system_clock()
    )
    return _document(text, findings, estate)


def _of_file(document: Path, ring: str) -> dict[str, Any]:
    """A document alone has no rings: all of it is answered."""
    from ringwork.openapi.load import open_contract
    from ringwork.openapi.projection import project_whole

    if ring != "internal":
        help = "Add it to an estate with `ringwork api add`, then name the API."
        raise Refused("ring-unknown", f"a document alone has no {ring} ring", help)
    root = document.resolve().parent
    text, findings = project_whole(open_contract(root, document.name, ()))
    return _document(text, findings, root)


def _document(text: str | None, findings: Any, root: Path) -> dict[str, Any]:
    show_findings(console(stderr=True), findings, root)
    if text is None:
        raise typer.Exit(2)
    document: dict[str, Any] = json.loads(text)
    return document


def _example(document: dict[str, Any], where: str) -> str:
    """A call to paste: the first path without variables, or else the first."""
    paths = [
        path for path, item in document.get("paths", {}).items() if isinstance(item, dict) and "get" in item
    ]
    plain = next((path for path in paths if "{" not in path), next(iter(paths), "/"))
    return f"  curl {where}{re.sub(r'{[^}]*}', '1', plain)}"

"""`ringwork observe`: what an API's requests and responses hold and its contract does not show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    RingName,
    State,
    state_directory,
    table_of,
)
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.governance.proposals import Proposals
    from ringwork.usage.observed import ObservedPlace

# Added to the contract, it would be shown: what is narrower or of another type is declared already. Where a schema
# closes itself, it is not a graph that says so.
_UNDECLARED = frozenset(("undeclared", "additionalProperties", "unevaluatedProperties"))


def observe(
    api: Annotated[str, typer.Argument(help="The API, by the name of its folder.")],
    version: Annotated[str | None, typer.Option("--version", help="Only this version.")] = None,
    ring: Annotated[RingName | None, typer.Option("--ring", help="Only calls of this ring.")] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", metavar="FILE", help="Write an OpenAPI Overlay that declares what is undeclared."
        ),
    ] = None,
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate, for --write.")] = Path(),
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """What requests and responses held and their contract does not show, by place and consumer, from the access log.

    On outer rings it did not pass, unless the version is observed (`observe` in api.yaml) and the contract does not
    hide it; on the internal ring it did.
    """
    from ringwork.fleet.inspection import node_of
    from ringwork.usage.log import Damage, calls
    from ringwork.usage.observed import observed

    log = node_of(state_directory(state)).access_log
    found = observed(calls(log, Damage()), api=api, version=version, ring=ring.value if ring else None)
    if write is not None:
        _write(write, _proposed(estate, api, version, found.places), api)
    rows = [place.as_dict() for place in found.places]
    if format is Output.JSON:
        print_json({"api": api, "places": rows, "unlisted": found.unlisted})
        return
    columns = (
        "version", "ring", "operation", "part", "status", "pointer", "reason", "count", "calls", "consumers",
    )  # fmt: skip
    shown = [
        row | {"pointer": row["pointer"] or "(all of it)", "status": row["status"] or ""} for row in rows
    ]
    console().print(table_of(shown, columns) if rows else f"Nothing undeclared was seen in calls of {api}.")
    if found.unlisted:
        console().print(f"{found.unlisted:,} more at places that are not listed.")


def _proposed(estate: Path, api: str, version: str | None, places: Iterable[ObservedPlace]) -> Proposals:
    """Raises Refused when the API's contract cannot be read."""
    from ringwork.governance.proposals import SeenField, propose

    name, document = _document(estate, api, version)
    return propose(
        document,
        [
            SeenField(place.operation, place.part, place.status, place.pointer, place.count, place.last_seen)
            for place in places
            if place.reason in _UNDECLARED and place.version == name
        ],
    )


def _document(estate: Path, api: str, version: str | None) -> tuple[str, dict[str, Any]]:
    """The version's name, and its document with its overlays."""
    from ringwork.kernel.suggest import did_you_mean
    from ringwork.manifest.load import load_estate
    from ringwork.openapi import open_contract

    apis = {loaded.name: loaded for loaded in load_estate(estate).apis}
    if api not in apis:
        raise Refused(
            "api-unknown", f'the estate has no sound API "{api}"', did_you_mean(api, apis), status=404
        )
    versions = {one.name: one for one in apis[api].manifest.versions}
    name = version or list(versions)[-1]
    if name not in versions:
        raise Refused(
            "version-unknown", f'{api} has no version "{name}"', did_you_mean(name, versions), status=404
        )
    folder, chosen = apis[api].folder, versions[name]
    overlays = [f"{folder}/{overlay}" for overlay in chosen.overlays]
    native, _, _ = open_contract(estate, f"{folder}/{chosen.document}", overlays)
    if native is None:
        raise Refused(
            "contract-unreadable", f"the contract of {api} has errors", "`ringwork plan` shows them."
        )
    return name, native.value()


def _write(file: Path, proposals: Proposals, api: str) -> None:
    told = console(stderr=True)
    for seen in proposals.unplaced:
        told.print(
            f"No place in the entry document for {seen.operation} {seen.status or seen.part} {seen.pointer}.",
            markup=False,
        )
    if not proposals.actions:
        told.print("There is nothing to propose.")
        return
    text = json.dumps(proposals.overlay(f"Seen in {api}, not declared"), indent=2, ensure_ascii=False) + "\n"
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(
            "not-writable", f"cannot write {file}: {error.strerror}", "Choose another file."
        ) from None
    told.print(
        f"{file}: give each field a type, delete those that are nobody's business, and name the file in the "
        "version's `overlays`; `ringwork plan` then shows what becomes visible to whom.",
        markup=False,
    )

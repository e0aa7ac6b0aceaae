"""`ringwork init`: an estate from nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.estate.ci_files import CodeHost, write_ci
from ringwork.cli.estate.prompts import ask_for_text, somebody_is_there
from ringwork.cli.estate.schema import write_schemas
from ringwork.cli.render import console
from ringwork.governance.exposed.lock import LOCK_FILE, lock_text
from ringwork.kernel.refusal import Refused
from ringwork.manifest.files import ORGANIZATION_FILE
from ringwork.manifest.values import NAME_PATTERN
from ringwork.manifest.writing import quoted

SCHEMA_FOLDER = ".ringwork-schemas"

_ORGANIZATION = """\
# yaml-language-server: $schema={schemas}/organization.schema.json
# The organisation and its rings. What is not said here follows from the audience of each ring.
organization: {organization}
domain: {domain}
environment: {environment}
owner:
  team: {team}
  contact: {contact}

rings:
  # Our own services: mutual TLS or a service token.
  internal:
    listen: ["127.0.0.1:8441"]
    hosts: [internal.{domain}, localhost]
  # Organisations with an agreement (partners/*.yaml): an API key.
  partner:
    listen: ["127.0.0.1:8442"]
    hosts: [partner.{domain}, localhost]
  # Any developer with a key (plans/*.yaml).
  public:
    listen: ["127.0.0.1:8443"]
    hosts: [api.{domain}, localhost]
"""

_PLAN = """\
# yaml-language-server: $schema=../{schemas}/plan.schema.json
title: Free
limits:
  per_minute: 60
  per_day: 5000
"""

_README = """\
# The estate of {organization}

Files in this folder say which APIs there are and which audience (internal, partner, public) sees what of them.

- `ringwork.yaml`: the organisation and its rings
- `apis/<name>/api.yaml`: one API, its versions, its OpenAPI documents and overlays
- `partners/<name>.yaml`, `plans/<name>.yaml`: what consumers agreed to
- `exposure.lock`: generated, everything partner and public can send and read; review it, `ringwork exposure --write`
- `environments/<name>.yaml`: what differs in another environment (`--environment <name>`)
- `.ringwork-schemas/`: JSON Schemas, so that editors complete these files; `ringwork schema -o .ringwork-schemas`

Next: `ringwork api add openapi.yaml --audience public`, `ringwork plan`, `ringwork up`.
"""

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?")


def init(
    folder: Annotated[Path, typer.Argument(help="Where the estate will be.")] = Path(),
    organization: Annotated[str | None, typer.Option(help="Short name, such as acme.")] = None,
    domain: Annotated[
        str | None, typer.Option(help="Rings are reached below it; default NAME.localhost.")
    ] = None,
    environment: Annotated[str, typer.Option(help="Keys belong to one environment.")] = "production",
    owner_team: Annotated[str | None, typer.Option(help="Team that answers for the platform.")] = None,
    owner_contact: Annotated[str | None, typer.Option(help="Where that team is reached.")] = None,
    ci: Annotated[
        CodeHost | None, typer.Option("--ci", help="Also write what has each change planned there.")
    ] = None,
) -> None:
    """Begin an estate: ringwork.yaml, a free plan, and schemas for your editor."""
    _refuse_to_overwrite(folder)
    name = organization or _asked("Short name of the organisation", _proposed_name(folder))
    if not NAME_PATTERN.fullmatch(name):
        help = "Use lower-case letters, digits and hyphens; begin with a letter."
        raise Refused("invalid-name", f'"{name}" cannot be the name of an organisation', help)
    below = domain or _asked("Domain the rings are reached below", f"{name}.localhost")
    if not _HOST.fullmatch(below):
        raise Refused("invalid-name", f'"{below}" is not a domain', 'Write one such as "acme.localhost".')
    team = owner_team or _asked("Team that answers for the platform", "platform")
    texts = {
        "organization": name,
        "domain": below,
        "environment": environment,
        "team": quoted(team),
        "contact": quoted(owner_contact or _asked("Where that team is reached", f"platform@{below}")),
        "schemas": SCHEMA_FOLDER,
    }
    _write(folder, texts)
    if ci is not None:
        console().print(f"Each change is planned by [bold]{write_ci(folder, ci)}[/].")
    _say_what_is_next(folder)


def _refuse_to_overwrite(folder: Path) -> None:
    there = [name for name in (ORGANIZATION_FILE, "plans/free.yaml") if (folder / name).exists()]
    if there or (folder.exists() and not folder.is_dir()):
        help = "Choose another folder, or edit what is there."
        raise Refused("already-there", f"{folder / there[0] if there else folder} is already there", help)


def _proposed_name(folder: Path) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-0123456789")
    return words[:63] or "acme"


def _asked(question: str, proposed: str) -> str:
    """The answer of who sits there; what is proposed where nobody does."""
    return ask_for_text(question, proposed) if somebody_is_there() else proposed


def _write(folder: Path, texts: dict[str, str]) -> None:
    files = {
        ORGANIZATION_FILE: _ORGANIZATION,
        "plans/free.yaml": _PLAN,
        "README.md": _README,
        LOCK_FILE: lock_text({}),
    }
    try:
        for name, template in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():  # a README of one's own stays
                path.write_text(template.format(**texts), encoding="utf-8")
    except OSError as error:
        help = "Choose a folder you may write."
        raise Refused("not-writable", f"cannot write {error.filename}: {error.strerror}", help) from None
    write_schemas(folder / SCHEMA_FOLDER)


def _say_what_is_next(folder: Path) -> None:
    out = console()
    where = "" if folder == Path() else f" --estate {folder}"
    out.print(f"An estate is in [bold]{folder.resolve()}[/]. Next:")
    out.print(f"  ringwork api add openapi.yaml --audience public{where}")
    out.print(f"  ringwork plan{'' if folder == Path() else f' {folder}'}")

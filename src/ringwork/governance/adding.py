"""Adding an API to an estate: its documents are copied, its manifest written, nothing there is overwritten."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ringwork.audience import Audience
from ringwork.governance.classification import Answers
from ringwork.governance.classifying import NOTHING_KNOWN, answers_yaml
from ringwork.kernel.findings import Severity
from ringwork.kernel.refusal import Refused
from ringwork.manifest.files import API_FILE, ORGANIZATION_FILE
from ringwork.manifest.upstream import forbidden, service_url
from ringwork.manifest.values import NAME_PATTERN
from ringwork.manifest.writing import quoted
from ringwork.openapi import Contract, load_contract

OVERLAY_FILE = "audience.yaml"
# What has members: an extension beside the paths (`x-source: text`) is no path item and cannot carry a label.
EVERY_PATH_ITEM = "$.paths[?@.*]"
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class NewApi:
    """What is asked for. None: taken from the document."""

    document: Path
    audience: Audience
    name: str | None
    title: str | None
    version: str
    upstream: str | None
    owner_team: str
    owner_contact: str
    label_all: Audience | None
    answers: Answers = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class AddedApi:
    """What was written: files relative to the estate."""

    name: str
    version: str
    files: tuple[str, ...]
    first_path: str | None


def add_api_to_estate(root: Path, new: NewApi) -> AddedApi:
    """Write `apis/<name>/` as a whole or not at all.

    Raises Refused: no estate, the API is there already, the document cannot be read, or a name or upstream that
    the estate would not accept.
    """
    _check_request(root, new)
    contract, base = _contract(new.document)
    name = new.name or _name_from(contract, new.document)
    _check_name(root, name)
    upstream = new.upstream or _upstream_from(contract)
    _check_upstream(upstream)
    files = [PurePosixPath(file) for file in contract.files]
    entry = PurePosixPath(new.document.resolve().relative_to(base).as_posix())
    inner = _common_folder([entry, *files])
    manifest = _manifest(new, contract, name, upstream, f"{new.version}/{entry.relative_to(inner)}")
    staged = root / "apis" / f".{name}.adding"
    try:
        _write(staged, base, inner, [entry, *files], new, manifest)
        os.rename(staged, root / "apis" / name)
    except OSError as error:
        help = "Check that the estate's folder can be written."
        raise Refused("not-writable", f"cannot write {error.filename}: {error.strerror}", help) from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return AddedApi(name, new.version, _written(root, name), _first_path(contract))


def _check_request(root: Path, new: NewApi) -> None:
    if not (root / ORGANIZATION_FILE).is_file():
        raise Refused(
            "estate-missing", f"there is no {ORGANIZATION_FILE} in {root}", "Begin with `ringwork init`."
        )
    if not new.document.is_file():
        raise Refused(
            "file-missing", f"there is no file {new.document}", "Name an OpenAPI document, YAML or JSON."
        )
    if not _VERSION.fullmatch(new.version):
        help = "Use letters, digits, '.', '_' and '-', such as v1 or 2024-01-15."
        raise Refused("invalid-name", f'"{new.version}" cannot be the name of a version', help)
    if new.label_all is not None and new.label_all > new.audience:
        help = f"Use --audience {new.label_all.label}, or label with {new.audience.label}."
        message = f"the API's audience {new.audience.label} caps every label, {new.label_all.label} too"
        raise Refused("label-wider-than-api", message, help)


def _check_name(root: Path, name: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        help = "Use lower-case letters, digits and hyphens, at most 63; begin with a letter (--name)."
        raise Refused("invalid-name", f'"{name}" cannot be the name of an API', help)
    if os.path.lexists(root / "apis" / name):
        help = f"Choose another --name, or add a version in apis/{name}/{API_FILE}."
        raise Refused("already-there", f"apis/{name} is already there", help)


def _check_upstream(text: str) -> None:
    try:
        url = service_url(text)
    except ValueError as error:
        raise Refused(
            "upstream-invalid", f"upstream {text}: {error}", "Write http://host:port/path."
        ) from None
    reason = forbidden(url)
    if reason is not None:
        raise Refused("upstream-forbidden", f"{url.host} {reason}", "Name the service itself.")


def _contract(document: Path) -> tuple[Contract, Path]:
    """The contract, and the folder its files are named from: the working directory where it lies below."""
    path = document.resolve()
    here = Path.cwd()
    base = here if path.is_relative_to(here) else path.parent
    contract, findings = load_contract(base, path.relative_to(base).as_posix(), ())
    if contract is None:
        first = next(finding for finding in findings if finding.severity is Severity.ERROR)
        raise Refused(first.code, f"{first.location}: {first.message}", first.help)
    return contract, base


def _name_from(contract: Contract, document: Path) -> str:
    """From the document's title, or else its file name."""
    for text in (contract.title or "", document.stem):
        words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-").lstrip("0123456789-")
        if words and words not in ("openapi", "swagger", "api"):
            return words[:63].rstrip("-")
    raise Refused("invalid-name", "the document has no title to make a name of", "Give one with --name.")


def _upstream_from(contract: Contract) -> str:
    for server in contract.servers:
        if server.url.startswith("http://") and "{" not in server.url:
            return server.url
    help = "Say where requests go: --upstream http://127.0.0.1:9000"
    raise Refused("upstream-missing", "the document names no http:// server", help)


def _common_folder(files: Sequence[PurePosixPath]) -> PurePosixPath:
    return PurePosixPath(os.path.commonpath([str(file.parent) for file in files]))


def _write(
    staged: Path, base: Path, inner: PurePosixPath, files: Sequence[PurePosixPath], new: NewApi, manifest: str
) -> None:
    shutil.rmtree(staged, ignore_errors=True)
    for file in dict.fromkeys(files):
        target = staged / new.version / file.relative_to(inner)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(base / file, target)
    (staged / API_FILE).write_text(manifest, encoding="utf-8")
    if new.label_all is not None:
        overlay = labelling_overlay(EVERY_PATH_ITEM, new.label_all, f"Everything is {new.label_all.label}")
        (staged / OVERLAY_FILE).write_text(overlay, encoding="utf-8")


def _manifest(new: NewApi, contract: Contract, name: str, upstream: str, document: str) -> str:
    title = (new.title or contract.title or name)[:300]
    overlays = f"\n    overlays: [{OVERLAY_FILE}]" if new.label_all is not None else ""
    return f"""\
# yaml-language-server: $schema=../../.ringwork-schemas/api.schema.json
title: {quoted(title)}
owner:
  team: {quoted(new.owner_team)}
  contact: {quoted(new.owner_contact)}
audience: {new.audience.label}
upstream: {quoted(upstream)}
versions:
  - name: {quoted(new.version)}
    document: {quoted(document)}{overlays}
{answers_yaml(new.answers)}"""


def labelling_overlay(target: str, audience: Audience, title: str) -> str:
    """An OpenAPI Overlay 1.0 that labels what the JSONPath `target` selects."""
    return f"""\
overlay: 1.0.0
info:
  title: {quoted(title)}
  version: 1.0.0
actions:
  - target: {quoted(target)}
    update:
      x-audience: {audience.label}
"""


def _first_path(contract: Contract) -> str | None:
    return next((operation.template for operation in contract.operations), None)


def _written(root: Path, name: str) -> tuple[str, ...]:
    folder = root / "apis" / name
    files = (path for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path.relative_to(root).as_posix() for path in files))

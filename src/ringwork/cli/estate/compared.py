"""What `ringwork diff` compares: a file, a file of a Git revision, a version as it was applied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.openapi import KeptFiles, open_contract
from ringwork.openapi.git import GitFiles
from ringwork.openapi.load import OpenContract

# applied:API, applied:API/VERSION, each with @REVISION where it is not the live one.
_APPLIED = re.compile(r"applied:(?P<api>[^/@]+)(?:/(?P<version>[^@]+))?(?:@(?P<revision>\d{1,9}))?")


class Compared(NamedTuple):
    """`folder`: where its files lie, for excerpts; None where they are not on disk as they are compared."""

    name: str
    opened: OpenContract
    folder: Path | None


def opened(name: str, state: Path) -> Compared:
    """By its name. Raises Refused where there is nothing of that name; what is wrong in it is among its findings."""
    path = Path(name)
    if path.exists() or ":" not in name:
        return _file(name, path)
    if name.startswith("applied:"):
        return _applied(name, state)
    revision, _, inside = name.partition(":")
    files = GitFiles(Path.cwd(), revision)
    return Compared(name, open_contract(Path(), files.name_of(inside), (), files), None)


def _file(name: str, path: Path) -> Compared:
    """Files it refers to may lie in the folder the command is run in, or else beside it."""
    here = Path.cwd().resolve()
    real = path.resolve()
    folder = here if real.is_relative_to(here) else real.parent
    return Compared(name, open_contract(folder, real.relative_to(folder).as_posix(), ()), folder)


def _applied(name: str, state: Path) -> Compared:
    # Importing what knows a state directory takes longer than comparing two files, which is what most ask for.
    from ringwork.control.directory import ControlDirectory
    from ringwork.control.sources import SourceArchive

    asked = _APPLIED.fullmatch(name)
    if asked is None:
        help = "Write applied:API, applied:API/VERSION or applied:API/VERSION@REVISION."
        raise Refused("applied-unknown", f'"{name[:200]}" names nothing that was applied', help)
    sources = SourceArchive(ControlDirectory(state / "control").revisions)
    apis = sources.contracts(int(asked["revision"]) if asked["revision"] else _live(state))
    if asked["api"] not in apis:
        help = did_you_mean(asked["api"], apis) if apis else "Contracts are kept where a ring is documented."
        raise Refused("api-unknown", f'that revision keeps no contract of "{asked["api"][:100]}"', help)
    record = apis[asked["api"]]
    version = _version(record["versions"], asked["version"])
    names: dict[str, tuple[str, str]] = {key: tuple(value) for key, value in record["files"].items()}
    by_content = dict(names.values())
    files = KeptFiles(
        {key: canonical for key, (canonical, _) in names.items()},
        lambda canonical: sources.contract_text(by_content[canonical]),
    )
    return Compared(name, open_contract(Path(), version["document"], version["overlays"], files), None)


def _version(versions: dict[str, Any], wanted: str | None) -> dict[str, Any]:
    if wanted is None and len(versions) == 1:
        return dict(next(iter(versions.values())))
    if wanted not in versions:
        raise Refused(
            "version-unknown",
            "it has several versions" if wanted is None else f'it has no version "{wanted[:100]}"',
            did_you_mean(wanted or "", versions),
        )
    return dict(versions[wanted])


def _live(state: Path) -> int:
    from ringwork.bundle.publish import Publication

    current = Publication(state / "node" / "published").current()
    if current is None:
        raise Refused(
            "nothing-applied", f"nothing was applied in {state}", "Apply the estate, or name --state."
        )
    return current.revision

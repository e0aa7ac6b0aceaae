"""What `ringwork diff` compares: a file, a file of a Git revision, a version as it was applied."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from ringwork.audience import Audience, narrowest
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.openapi import KeptFiles, open_contract
from ringwork.openapi.files import ContractReader
from ringwork.openapi.files import Refused as Unread
from ringwork.openapi.git import GitFiles
from ringwork.openapi.load import OpenContract

# applied:API, applied:API/VERSION, each with @REVISION where it is not the live one.
_APPLIED = re.compile(r"applied:(?P<api>[^/@]+)(?:/(?P<version>[^@]+))?(?:@(?P<revision>\d{1,9}))?")


# An estate refuses a key that is there twice. Documents of others have them, and are compared by the first.
TOLERATED = frozenset({"document-duplicate-key"})


class Compared(NamedTuple):
    """`folder`: where its files lie, for excerpts; None where they are not on disk as they are compared. `cap`: the
    furthest its estate lets it reach.
    """

    name: str
    opened: OpenContract
    folder: Path | None
    cap: Audience = Audience.PUBLIC


def opened(name: str, state: Path, *, by_ring: bool = False) -> Compared:
    """By its name. `by_ring`: as rings have it, with the overlays and caps of the estate it lies in. Raises Refused
    where there is nothing of that name; what is wrong in it is among its findings.
    """
    path = Path(name)
    if path.exists() or ":" not in name:
        return _file(name, path, by_ring=by_ring)
    if name.startswith("applied:"):
        return _applied(name, state)
    revision, _, inside = name.partition(":")
    files = GitFiles(Path.cwd(), revision)
    document = files.name_of(inside)
    cap, overlays = _said_in_git(files, document) if by_ring else (Audience.PUBLIC, ())
    return Compared(name, _opened(Path(), document, overlays, files), None, cap)


def _file(name: str, path: Path, *, by_ring: bool) -> Compared:
    """Files it refers to may lie in the folder the command is run in, in its estate, or else beside it."""
    here, real = Path.cwd().resolve(), path.resolve()
    estate = next((each for each in real.parents if (each / "ringwork.yaml").is_file()), None)
    if by_ring and estate is not None:
        document = real.relative_to(estate).as_posix()
        cap, overlays = _said(estate, document)
        return Compared(name, _opened(estate, document, overlays), estate, cap)
    folder = here if real.is_relative_to(here) else real.parent
    return Compared(name, _opened(folder, real.relative_to(folder).as_posix(), ()), folder)


def _opened(
    root: Path, document: str, overlays: Sequence[str], files: ContractReader | None = None
) -> OpenContract:
    return open_contract(root, document, overlays, files, tolerated=TOLERATED)


def _said(estate: Path, document: str) -> tuple[Audience, tuple[str, ...]]:
    """What `api.yaml` says of a document: its cap, and its overlays. Of one that is no version's, nothing."""
    from ringwork.manifest.api import ApiManifest
    from ringwork.manifest.reading import ManifestMemo

    folder, name = "/".join(document.split("/")[:2]), document.split("/")[1:2]
    if not document.startswith("apis/") or not (estate / folder / "api.yaml").is_file():
        return Audience.PUBLIC, ()
    read = ManifestMemo().read(estate, name[0], f"{folder}/api.yaml", ApiManifest)
    for version in read.manifest.versions if read.manifest else ():
        if f"{folder}/{version.document}" == document:
            assert read.manifest is not None  # it has versions
            cap = narrowest([read.manifest.audience, version.audience or Audience.PUBLIC])
            return cap, tuple(f"{folder}/{overlay}" for overlay in version.overlays)
    return Audience.PUBLIC, ()


def _said_in_git(files: GitFiles, document: str) -> tuple[Audience, tuple[str, ...]]:
    """The same of a commit, whose `api.yaml` is written where it can be read as any other."""
    before, found, inside = f"/{document}".rpartition("/apis/")
    root = before.removeprefix("/")
    if not found or "/" not in inside:
        return Audience.PUBLIC, ()
    manifest = f"apis/{inside.split('/')[0]}/api.yaml"
    with TemporaryDirectory(prefix="ringwork-") as folder:
        file = Path(folder) / manifest
        try:
            _, data = files.read(posixpath.join(root, manifest))
        except Unread:
            return Audience.PUBLIC, ()
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        cap, overlays = _said(Path(folder), f"apis/{inside}")
    return cap, tuple(posixpath.join(root, overlay) for overlay in overlays)


def _applied(name: str, state: Path) -> Compared:
    # Importing what knows a state directory takes longer than comparing two files, which is what most ask for.
    from ringwork.control.directory import ControlDirectory
    from ringwork.control.sources import SourceArchive

    asked = _APPLIED.fullmatch(name)
    if asked is None:
        help = "Write applied:API, applied:API/VERSION or applied:API/VERSION@REVISION."
        raise Refused("applied-unknown", f'"{name[:200]}" names nothing that was applied', help)
    sources = SourceArchive(ControlDirectory(state / "control").revisions)
    revision = int(asked["revision"]) if asked["revision"] else _live(state)
    apis = sources.contracts(revision)
    if asked["api"] not in apis:
        help = did_you_mean(asked["api"], apis) if apis else "From the next `ringwork apply` on it does."
        raise Refused("api-unknown", f'that revision keeps no contract of "{asked["api"][:100]}"', help)
    record = apis[asked["api"]]
    version = _version(record["versions"], asked["version"])
    names: dict[str, tuple[str, str]] = {key: tuple(value) for key, value in record["files"].items()}
    by_content = dict(names.values())
    files = KeptFiles(
        {key: canonical for key, (canonical, _) in names.items()},
        lambda canonical: sources.contract_text(by_content[canonical]),
    )
    contract = open_contract(Path(), version["document"], version["overlays"], files)
    return Compared(
        name, contract, None, _reach(sources.api(revision, asked["api"]), record["versions"], version)
    )


def _reach(intent: bytes | None, versions: dict[str, Any], version: dict[str, Any]) -> Audience:
    """How far a version reached when it was applied."""
    from ringwork.intent.serial import api_from_bytes

    name = next(name for name, said in versions.items() if said == version)
    found = () if intent is None else api_from_bytes(intent).versions
    return next((one.audience for one in found if one.name == name), Audience.PUBLIC)


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

"""The contracts of an estate as they were judged: what is documented, and what the next change is compared with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ringwork.governance.assess import Assessment, Memory
from ringwork.kernel.refusal import Refused
from ringwork.manifest.estate import LoadedApi
from ringwork.openapi import ContractFiles, ReadFile
from ringwork.openapi.files import Refused as Unread

Documented = tuple[Mapping[str, Mapping[str, Any]], Mapping[str, bytes]]


def documented(root: Path, found: Assessment, memory: Memory) -> Documented:
    """Name → record of every sound API, JSON, and the bytes of the files they name, by SHA-256."""
    titles = {(version.api, version.version): version.title for version in found.exposures}
    sound = [api for api in found.estate.apis if api.name not in found.dropped]
    read = {api.name: memory.judgements.files_of(api.name) for api in sound}
    apis = {api.name: _record(api, titles, read[api.name]) for api in sound}
    return apis, _JudgedTexts(root, [file for files in read.values() for file in files])


def _record(
    api: LoadedApi, titles: Mapping[tuple[str, str], str | None], files: Collection[ReadFile]
) -> dict[str, Any]:
    """`portal.live` reads it. What is said of an API beside its contract is for the internal ring alone."""
    manifest = api.manifest
    return {
        "title": manifest.title,
        "description": manifest.description,
        "owner": {"team": manifest.owner.team, "contact": manifest.owner.contact},
        "versions": {
            version.name: {
                "title": titles.get((api.name, version.name)) or api.name,
                "state": version.state or "supported",
                "document": f"{api.folder}/{version.document}",
                "overlays": [f"{api.folder}/{overlay}" for overlay in version.overlays],
            }
            for version in manifest.versions
        },
        "files": {file.name: [file.canonical, file.sha256] for file in files},
    }


class _JudgedTexts(Mapping[str, bytes]):
    """Files as they were judged, read again when they are asked for."""

    def __init__(self, root: Path, files: Collection[ReadFile]) -> None:
        self._root = root
        self._names = {file.sha256: file.name for file in files}

    def __getitem__(self, sha256: str) -> bytes:
        """Raises Refused for a file that was replaced since: what is live was never what it says now."""
        name, reader = self._names[sha256], ContractFiles(self._root)
        try:
            _, data = reader.read(name)
        except Unread:
            data = b""
        if any(file.sha256 == sha256 for file in reader.read_files or ()):
            return data
        message = f"{name} was changed while the estate was being applied"
        raise Refused("estate-moved", message, "Apply it again.", status=409)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

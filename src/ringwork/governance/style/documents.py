"""The document of each version that a ring reads, and where its parts are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from ringwork.audience import Audience
from ringwork.governance.assess import Assessment, Memory
from ringwork.governance.export import ring_view
from ringwork.intent.model import ApiIntent, VersionIntent
from ringwork.kernel.findings import Location
from ringwork.manifest.estate import LoadedApi
from ringwork.openapi import ReadFile, RingView
from ringwork.openapi.load import OpenContract, open_contract
from ringwork.openapi.projection import project_opened
from ringwork.style.results import escaped


class Contract(Protocol):
    """A version's contract, wherever it is kept: opened once for all rings. Raises OSError where it was lost."""

    @property
    def root(self) -> Path: ...

    @property
    def document(self) -> str: ...

    def opened(self) -> OpenContract: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A version's document in the estate's folder."""

    root: Path
    document: str
    overlays: tuple[str, ...]
    kept: dict[str, OpenContract]

    def opened(self) -> OpenContract:
        if not self.kept:
            self.kept["contract"] = open_contract(self.root, self.document, self.overlays)
        return self.kept["contract"]


@dataclass(frozen=True)
class RingDocument:
    """What a ring reads of a version, made when it is asked for. `name` is the same in every run; `content` changes
    with whatever it is made of, None where that is not known.
    """

    ring: Audience
    api: str
    version: str
    source: Contract
    view: RingView
    content: str | None

    @property
    def name(self) -> str:
        return f"{self.api} {self.version} {self.ring.label}"

    @property
    def file(self) -> Path:
        """What it counts as, for a ruleset's overrides."""
        return self.source.root.resolve() / self.source.document

    @cached_property
    def text(self) -> bytes | None:
        """JSON; None where an error keeps it from being made."""
        text = project_opened(self.source.opened(), self.view, "json").text
        return None if text is None else text.encode()

    @cached_property
    def value(self) -> Any:
        return json.loads(self.text or b"{}")

    def place(self, path: Sequence[str]) -> Location:
        """Where a part is written; of what stands in a list, the list: a ring may not see all of its items."""
        native = self.source.opened().native
        found = native and native.position(escaped(self._without_items(path)))
        return Location(*found) if found else Location(self.source.document)

    def _without_items(self, path: Sequence[str]) -> Sequence[str]:
        value = self.value
        for index, token in enumerate(path):
            if isinstance(value, list):
                return path[:index]
            value = value.get(token) if isinstance(value, dict) else None
        return path


def ring_documents(root: Path, assessment: Assessment, memory: Memory) -> Iterator[RingDocument]:
    """Every version on every ring that knows it, in order."""
    intent = assessment.intent
    loaded = {api.name: api for api in assessment.estate.apis if api.name not in assessment.dropped}
    for api in intent.apis if intent is not None else ():
        if api.name in loaded and intent is not None:
            files = memory.judgements.files_of(api.name)
            for version in api.versions:
                source = _source(root, loaded[api.name], version)
                for ring in intent.rings:
                    if source is not None and version.is_known_on(ring.audience):
                        view = ring_view(api, version, ring)
                        yield _document(api, version, source, view, files)


def _source(root: Path, api: LoadedApi, version: VersionIntent) -> Source | None:
    manifest = next((one for one in api.manifest.versions if one.name == version.name), None)
    if manifest is None:
        return None
    overlays = tuple(f"{api.folder}/{overlay}" for overlay in manifest.overlays)
    return Source(root, f"{api.folder}/{manifest.document}", overlays, {})


def _document(
    api: ApiIntent, version: VersionIntent, source: Source, view: RingView, files: Sequence[ReadFile]
) -> RingDocument:
    made_of = [source.document, source.overlays, asdict(view), [(file.name, file.sha256) for file in files]]
    content = sha256(json.dumps(made_of, default=str).encode()).hexdigest() if files else None
    return RingDocument(view.ring, api.name, version.name, source, view, content)

"""What one ring can read. A library is made for one ring, and no method of it takes another."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from ringwork.audience import Audience
from ringwork.governance.export import ring_view
from ringwork.intent.model import RingIntent
from ringwork.kernel.cache import Cache
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.openapi import KeptFiles, RingView, project_document
from ringwork.portal.live import LiveRevision, Revision

Syntax = Literal["json", "yaml"]
SYNTAXES: tuple[Syntax, ...] = ("json", "yaml")

_KEY_BYTES = 64
_LEVEL = 6


class Unavailable(Exception):
    """The ring knows the version; its document cannot be made now."""


@dataclass(frozen=True, slots=True)
class ListedVersion:
    name: str
    title: str
    state: str
    operations: int


@dataclass(frozen=True, slots=True)
class ListedApi:
    """`title` and what follows it are what `api.yaml` says, for the internal ring; others have the contract's words."""

    name: str
    title: str
    versions: tuple[ListedVersion, ...]
    description: str | None = None
    team: str | None = None
    contact: str | None = None

    def version(self, name: str) -> ListedVersion | None:
        return next((version for version in self.versions if version.name == name), None)


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document, compressed with gzip; `sha256` is that of `packed`."""

    packed: bytes
    sha256: str


class RingLibrary:
    """`kept` remembers documents for the next process: entries of this ring, and of no other."""

    def __init__(self, ring: Audience, live: LiveRevision, kept: Cache) -> None:
        self.ring = ring
        self._live = live
        self._kept = kept
        self._making = Lock()
        self._listed: dict[str, tuple[tuple[str, str], ListedApi | None]] = {}
        self._identity: tuple[str, ...] = ()

    def settings(self) -> RingIntent | None:
        """The ring itself; None where it is not documented any more."""
        ring = self._live.now().rings.get(self.ring)
        return None if ring is None or ring.documentation is None else ring

    def apis(self) -> list[ListedApi]:
        """Those the ring knows, by name."""
        revision = self._live.now()
        listed = (self._api(revision, name) for name in sorted(revision.contracts))
        return [api for api in listed if api is not None]

    def api(self, name: str) -> ListedApi | None:
        """None where the ring knows no such API."""
        return self._api(self._live.now(), name)

    def document(self, api: str, version: str, syntax: Syntax) -> Document | None:
        """The version's document for this ring; None where the ring knows no such version. Raises Unavailable."""
        revision, ring = self._live.now(), self.settings()
        listed = self._api(revision, api)
        if ring is None or listed is None or listed.version(version) is None:
            return None
        intent = self._live.intent(revision.apis[api])
        chosen = next(one for one in intent.versions if one.name == version)
        view, record = ring_view(intent, chosen, ring), revision.contracts[api]
        self._forget_others(revision)
        with self._making:
            return self._made(f"{api} {version} {syntax}", view, record, record["versions"][version], syntax)

    def _made(
        self, name: str, view: RingView, record: Mapping[str, Any], version: Mapping[str, Any], syntax: Syntax
    ) -> Document:
        """Made anew when anything it is made of changed."""
        said = asdict(view) | {"operations": list(view.operations), "servers": list(view.servers)}
        key = content_hash(
            canonical_json({"view": said, "of": dict(version), "files": record["files"]})
        ).encode()
        entry = self._kept.get(name)
        if entry is None or entry[:_KEY_BYTES] != key:
            entry = key + gzip.compress(self._projected(view, record, version, syntax), _LEVEL, mtime=0)
            self._kept.put(name, entry)
        packed = entry[_KEY_BYTES:]
        return Document(packed, content_hash(packed))

    def _projected(
        self, view: RingView, record: Mapping[str, Any], version: Mapping[str, Any], syntax: Syntax
    ) -> bytes:
        names = {name: canonical for name, (canonical, _) in record["files"].items()}
        texts = dict(record["files"].values())
        files = KeptFiles(names, lambda canonical: self._live.text(texts[canonical]))
        try:
            text, _ = project_document(Path(), version["document"], version["overlays"], view, syntax, files)
        except OSError:
            raise Unavailable from None
        if text is None:
            raise Unavailable
        return text.encode()

    def _api(self, revision: Revision, name: str) -> ListedApi | None:
        record, sha256 = revision.contracts.get(name), revision.apis.get(name)
        if record is None or sha256 is None:
            return None
        made_of = (sha256, content_hash(canonical_json(dict(record))))
        known = self._listed.get(name)
        if known is None or known[0] != made_of:
            known = (made_of, self._list(name, sha256, record))
            self._listed[name] = known
        return known[1]

    def _list(self, name: str, sha256: str, record: Mapping[str, Any]) -> ListedApi | None:
        versions = tuple(self._versions(sha256, record))
        if not versions:
            return None
        if self.ring.is_outer:
            return ListedApi(name, versions[-1].title, versions)
        owner = record["owner"]
        return ListedApi(
            name, record["title"], versions, record["description"], owner["team"], owner["contact"]
        )

    def _versions(self, sha256: str, record: Mapping[str, Any]) -> Iterator[ListedVersion]:
        for version in self._live.intent(sha256).versions:
            known = record["versions"].get(version.name)
            if known is not None and version.is_known_on(self.ring):
                seen = sum(operation.published.reaches(self.ring) for operation in version.operations)
                yield ListedVersion(version.name, known["title"], known["state"], seen)

    def _forget_others(self, revision: Revision) -> None:
        """What the live revision has no document of."""
        if revision.identity == self._identity:
            return
        self._identity = revision.identity
        self._listed = {name: known for name, known in self._listed.items() if name in revision.contracts}
        self._kept.keep(
            f"{api} {version} {syntax}"
            for api, record in revision.contracts.items()
            for version in record["versions"]
            for syntax in SYNTAXES
        )

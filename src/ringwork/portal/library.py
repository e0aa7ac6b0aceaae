"""What one ring can read. A library is made for one ring, and no method of it takes another."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from math import inf
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple

from ringwork.audience import Audience
from ringwork.governance.ending import SUNSET, ending_for, next_change, state_at
from ringwork.governance.export import ring_view
from ringwork.intent.model import RingIntent
from ringwork.kernel.cache import Cache
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.clock import Clock, system_clock
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


class _Listed(NamedTuple):
    """`until`: seconds since the Unix epoch."""

    made_of: tuple[str, str]
    api: ListedApi | None
    until: float


class RingLibrary:
    """`kept` remembers documents for the next process: entries of this ring, and of no other."""

    def __init__(self, ring: Audience, live: LiveRevision, kept: Cache, clock: Clock = system_clock) -> None:
        self.ring = ring
        self._clock = clock
        self._live = live
        self._kept = kept
        self._making = Lock()
        self._listed: dict[str, _Listed] = {}
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
        view = replace(view, ending=ending_for(chosen, self.ring, self._clock()))
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
        if known is None or known.made_of != made_of or known.until <= self._clock().timestamp():
            known = _Listed(made_of, self._list(name, sha256, record), self._next_change(sha256))
            self._listed[name] = known
        return known.api

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
            state = state_at(version, self.ring, self._clock())
            if known is not None and version.is_known_on(self.ring) and state != SUNSET:
                seen = sum(operation.published.reaches(self.ring) for operation in version.operations)
                # A state without a date is a word of the estate's.
                shown = known["state"] if self.ring not in version.lifecycle else state
                yield ListedVersion(version.name, known["title"], shown, seen)

    def _next_change(self, sha256: str) -> float:
        """When a version of the API is next in another state."""
        now = self._clock()
        versions = self._live.intent(sha256).versions
        return min((next_change(version, self.ring, now) for version in versions), default=inf)

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

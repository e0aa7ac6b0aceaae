"""The live revision, as far as it can be read: which rings are documented, which APIs each of them knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from ringwork.audience import Audience
from ringwork.bundle.publish import Publication
from ringwork.control.sources import SourceArchive
from ringwork.governance.snapshot import ExposureSnapshot
from ringwork.intent.model import ApiIntent, RingIntent
from ringwork.intent.serial import api_from_bytes


@dataclass(frozen=True, slots=True)
class Revision:
    """`identity` tells one from the next, also where texts alone changed. `apis`: name → SHA-256 of its intent;
    `contracts` as `governance.documented` records them.
    """

    identity: tuple[str, ...]
    rings: Mapping[Audience, RingIntent]
    apis: Mapping[str, str]
    contracts: Mapping[str, Mapping[str, Any]]


_NOTHING = Revision((), {}, {}, {})


class LiveRevision:
    """Asked by several threads. Reads files only: what is published, and what is kept beside it. `address_of` says
    where a declared listener is.
    """

    def __init__(
        self, publication: Publication, sources: SourceArchive, address_of: Callable[[str], str]
    ) -> None:
        self._publication = publication
        self._sources = sources
        self._address_of = address_of
        self._turn = Lock()
        self._known = _NOTHING

    def now(self) -> Revision:
        """Empty where nothing is published, or what was is not kept."""
        current = self._publication.current()
        if current is None:
            return _NOTHING
        with self._turn:
            identity = self._sources.identity(current.revision)
            if identity != self._known.identity:
                self._known = self._read(current.revision, identity)
            return self._known

    def intent(self, sha256: str) -> ApiIntent:
        """One of `Revision.apis`. Raises FileNotFoundError when the revision was pruned meanwhile."""
        return api_from_bytes(self._sources.part(sha256))

    def text(self, sha256: str) -> bytes:
        """A file of a contract. Raises FileNotFoundError."""
        return self._sources.contract_text(sha256)

    def _read(self, number: int, identity: tuple[str, ...]) -> Revision:
        written = self._sources.snapshot(number)
        if written is None:
            return _NOTHING
        snapshot = ExposureSnapshot.from_dict(json.loads(written), self._sources.part)
        rings = {ring.audience: self._where_it_is(ring) for ring in snapshot.estate.rings}
        apis = {name: api.sha256 for name, api in snapshot.apis.items()}
        return Revision(identity, rings, apis, self._sources.contracts(number))

    def _where_it_is(self, ring: RingIntent) -> RingIntent:
        listeners = tuple(map(self._address_of, ring.listeners))
        documented = ring.documentation
        if documented is not None:
            documented = replace(documented, listen=self._address_of(documented.listen))
        return replace(ring, listeners=listeners, documentation=documented)

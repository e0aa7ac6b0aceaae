"""What compilations made of each API before: an API equal to the one before is not compiled again."""

from __future__ import annotations

import json

from ringwork.audience import RINGS
from ringwork.bundle.compile.bundles import CompiledApi, compile_api
from ringwork.intent.model import ApiIntent
from ringwork.intent.serial import api_as_bytes
from ringwork.kernel.cache import Cache, NoCache
from ringwork.kernel.canonical import canonical_json, content_hash


class Memo:
    """Holds the APIs of one revision, no more: in memory, and in `cache` for the next process."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache or NoCache()
        self._apis: dict[str, CompiledApi] = {}

    def compiled(self, apis: tuple[ApiIntent, ...]) -> tuple[list[CompiledApi], dict[str, bytes]]:
        """The bundles of every API, by name; and, by content hash, the bytes of those that were compiled just now."""
        names = {api.name for api in apis}
        if self._apis.keys() != names:
            self._cache.keep(names)
        fresh: dict[str, bytes] = {}
        by_name = sorted(apis, key=lambda api: api.name)
        self._apis = {api.name: self._one(api, fresh) for api in by_name}
        return list(self._apis.values()), fresh

    def _one(self, api: ApiIntent, fresh: dict[str, bytes]) -> CompiledApi:
        before = self._apis.get(api.name)
        if before is not None and (before.intent is api or before.intent == api):
            return before
        sha256 = content_hash(api_as_bytes(api))
        before = self._kept(api, sha256)
        if before is not None:
            return before
        compiled, objects = compile_api(api)
        fresh |= objects
        kept = {
            "intent": sha256,
            "versions": {ring.label: names for ring, names in compiled.versions.items()},
            "beside": {ring.label: names for ring, names in compiled.beside.items()},
            "hashing": sorted(ring.label for ring in compiled.hashing),
        }
        self._cache.put(api.name, canonical_json(kept))
        return compiled

    def _kept(self, api: ApiIntent, sha256: str) -> CompiledApi | None:
        data = self._cache.get(api.name)
        known = None if data is None else json.loads(data)
        if known is None or known["intent"] != sha256:
            return None
        versions, beside = (
            {ring: known[what][ring.label] for ring in RINGS} for what in ("versions", "beside")
        )
        hashing = frozenset(ring for ring in RINGS if ring.label in known["hashing"])
        return CompiledApi(api, versions, beside, hashing)

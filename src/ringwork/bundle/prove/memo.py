"""What was proven before: an API of the same files and the same bundles is not proven again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ringwork.bundle.prove.emitted import NamedBundle
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.files import Looked, Seen, stamps_of, still_alike
from ringwork.bundle.prove.routes import KnownRoutes
from ringwork.kernel.cache import Cache, NoCache
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.stamps import Stamp, settled

# `ReadApi.read`.
_Read = tuple[str | None, str | None, str | None]
# Ring, version, name and objects of a bundle.
_Named = tuple[str, str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Proven:
    """`of`: all that a proof depends on beside `files`."""

    of: tuple[_Read, tuple[_Named, ...]]
    files: tuple[Seen, ...]
    made_of: tuple[ReadApi, Sequence[NamedBundle]] | None = None
    """What `of` was made of, where this process made it: the same objects are quickly seen to be the same."""

    def is_made_of(self, api: ReadApi, bundles: Sequence[NamedBundle]) -> bool:
        return self.made_of is not None and self.made_of[0] is api and self.made_of[1] == bundles

    def is_of(self, api: ReadApi, bundles: Sequence[NamedBundle]) -> bool:
        return self.is_made_of(api, bundles) or self.of == _of(api, bundles)


@dataclass(frozen=True, slots=True)
class _Known:
    """An API as it was read from a file of this stamp."""

    stamp: Stamp
    api: ReadApi


class Memo:
    """In memory, and in `cache` for the next process. For one estate at a time."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.routes = KnownRoutes()
        self._cache = cache or NoCache()
        self._proven: dict[str, _Proven] = {}
        self._apis: dict[str, _Known] = {}
        self._kept: frozenset[str] | None = None

    def read(self, estate: ReadEstate, mocks: str | None) -> dict[str, ReadApi]:
        """Every API of the estate that can be read, by name: the object of before where its files say the same."""
        before, self._apis = self._apis, {}
        apis, around = {}, (estate.differing.digest, mocks)
        names = {name: f"apis/{name}/api.yaml" for name in sorted(estate.names("apis"))}
        stamps = stamps_of(estate.root, names.values())
        for name, file in names.items():
            api = self._api(estate, name, before.get(name), stamps[file], around)
            if api is not None and api.own.is_there:
                apis[name] = api
        return apis

    def proven(
        self, estate: ReadEstate, of_api: Mapping[str, tuple[ReadApi, Sequence[NamedBundle]]]
    ) -> set[str]:
        """Which APIs were proven as they are now: name → API and its bundles."""
        same = {}
        for name, (api, bundles) in of_api.items():
            known = self._proven.get(name) or self._stored(name)
            if known is not None and known.is_of(api, bundles):
                same[name] = known
        stamps = stamps_of(estate.root, (file.name for known in same.values() for file in known.files))
        found = set()
        for name, known in same.items():
            files = still_alike(estate.root, known.files, stamps)
            if files is not None:
                found.add(name)
                if files is not known.files or not known.is_made_of(*of_api[name]):
                    self._proven[name] = _Proven(known.of, files, of_api[name])
        return found

    def remember(self, api: ReadApi, bundles: Sequence[NamedBundle], files: Iterable[Seen]) -> None:
        proven = _Proven(_of(api, bundles), tuple(dict.fromkeys(files)), (api, bundles))
        self._proven[api.name] = proven
        self._cache.put(api.name, canonical_json(_plain(proven)))

    def keep(self, names: Iterable[str]) -> None:
        """Forgets every other API."""
        kept = frozenset(names)
        if kept != self._kept:
            self._kept = kept
            self._proven = {name: known for name, known in self._proven.items() if name in kept}
            self._cache.keep(kept)

    def _api(
        self,
        estate: ReadEstate,
        name: str,
        known: _Known | None,
        stamp: Looked | None,
        around: tuple[str | None, str | None],
    ) -> ReadApi | None:
        """None for what is no API: a broken one may stand only as it is live. `stamp`: of its file, before it is read;
        `around`: what is not its own of what it is read from.
        """
        if known is None or known.stamp != stamp:
            try:
                api = replace(estate.api(name), mocks=around[1])
            except ValueError:
                return None
            trusted = None if stamp is None else settled(Stamp(*stamp))
            if trusted is not None:
                self._apis[name] = _Known(trusted, api)
            return api
        if known.api.read[1:] != around:
            differing = estate.differing["apis"][name]
            known = _Known(known.stamp, ReadApi(name, known.api.own, differing, around[1]))
        self._apis[name] = known
        return known.api

    def _stored(self, name: str) -> _Proven | None:
        data = self._cache.get(name)
        if data is None:
            return None
        stored = json.loads(data)
        files = (Seen(file["name"], file["sha256"], _stamp(file["stamp"])) for file in stored["files"])
        (own, differing, mocks), bundles = stored["of"]
        named = tuple((ring, version, name, tuple(objects)) for ring, version, name, objects in bundles)
        return _Proven(((own, differing, mocks), named), tuple(files))


def _of(api: ReadApi, bundles: Sequence[NamedBundle]) -> tuple[_Read, tuple[_Named, ...]]:
    return api.read, tuple([(one.ring, one.version, one.name, one.objects) for one in bundles])


def _plain(proven: _Proven) -> dict[str, object]:
    def file(seen: Seen) -> dict[str, object]:
        # Nanoseconds since 1970 are beyond what every JSON reader holds exactly.
        stamp = None if seen.stamp is None else list(map(str, seen.stamp))
        return {"name": seen.name, "sha256": seen.sha256, "stamp": stamp}

    return {"of": proven.of, "files": [file(seen) for seen in proven.files]}


def _stamp(written: list[str] | None) -> Stamp | None:
    return None if written is None else Stamp(*map(int, written))

"""What was proven before: an API of the same files and the same bundles is not proven again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from ringwork.bundle.prove.emitted import NamedBundle
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.files import Seen, still_alike
from ringwork.bundle.prove.reading import Part
from ringwork.kernel.cache import Cache, NoCache
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.stamps import Stamp, settled, stamp_of


@dataclass(frozen=True, slots=True)
class _Proven:
    """`key`: hash of all that a proof depends on beside `files`."""

    key: str
    files: tuple[Seen, ...]


class Memo:
    """In memory, and in `cache` for the next process. For one estate at a time."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache or NoCache()
        self._proven: dict[str, _Proven] = {}
        self._manifests: dict[str, tuple[Stamp, Part]] = {}
        self._kept: frozenset[str] | None = None

    def read(self, estate: ReadEstate) -> dict[str, ReadApi]:
        """Every API of the estate that can be read, by name; files that did not change are not read again."""
        before, self._manifests = self._manifests, {}
        apis = {}
        for name in sorted(estate.names("apis")):
            own = self._manifest(estate, name, before)
            if own is not None:
                apis[name] = ReadApi(name, own, estate.differing["apis"][name])
        return apis

    def is_proven(self, estate: ReadEstate, api: ReadApi, bundles: Sequence[NamedBundle]) -> bool:
        known = self._proven.get(api.name) or self._stored(api.name)
        if known is None or known.key != _key(estate, api, bundles):
            return False
        files = still_alike(estate.root, known.files)
        if files is None:
            return False
        self._proven[api.name] = _Proven(known.key, files)
        return True

    def remember(
        self, estate: ReadEstate, api: ReadApi, bundles: Sequence[NamedBundle], files: Iterable[Seen]
    ) -> None:
        proven = _Proven(_key(estate, api, bundles), tuple(dict.fromkeys(files)))
        self._proven[api.name] = proven
        self._cache.put(api.name, canonical_json(_plain(proven)))

    def keep(self, names: Iterable[str]) -> None:
        """Forgets every other API."""
        kept = frozenset(names)
        if kept != self._kept:
            self._kept = kept
            self._proven = {name: known for name, known in self._proven.items() if name in kept}
            self._cache.keep(kept)

    def _manifest(self, estate: ReadEstate, name: str, before: dict[str, tuple[Stamp, Part]]) -> Part | None:
        """None for what is no API: a broken one may stand only as it is live."""
        path = f"{estate.root}/apis/{name}/api.yaml"
        stamp, known = stamp_of(path), before.get(path)
        if known is None or known[0] != stamp:
            try:
                own = estate.api(name).own
            except ValueError:
                return None
            trusted = settled(stamp)
            if trusted is None:
                return own if own.is_there else None
            known = (trusted, own)
        self._manifests[path] = known
        return known[1] if known[1].is_there else None

    def _stored(self, name: str) -> _Proven | None:
        data = self._cache.get(name)
        if data is None:
            return None
        stored = json.loads(data)
        files = (Seen(file["name"], file["sha256"], _stamp(file["stamp"])) for file in stored["files"])
        return _Proven(stored["key"], tuple(files))


def _key(estate: ReadEstate, api: ReadApi, bundles: Sequence[NamedBundle]) -> str:
    read = (api.own.document, estate.differing.document)
    return content_hash(
        canonical_json(
            {
                "manifests": [None if document is None else document.sha256 for document in read],
                "bundles": sorted(
                    [named.ring, named.version, named.name, *named.objects] for named in bundles
                ),
            }
        )
    )


def _plain(proven: _Proven) -> dict[str, object]:
    files = [asdict(file) for file in proven.files]
    for file in files:
        stamp = file["stamp"]
        # Nanoseconds since 1970 are beyond what every JSON reader holds exactly.
        file["stamp"] = None if stamp is None else {name: str(value) for name, value in stamp.items()}
    return {"key": proven.key, "files": files}


def _stamp(written: dict[str, str] | None) -> Stamp | None:
    return None if written is None else Stamp(**{name: int(value) for name, value in written.items()})

"""What was found of a document, kept by all it depends on (docs/decisions/0008-results-are-kept-by-content.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ringwork.governance.style.documents import RingDocument
from ringwork.governance.style.model import StyleFinding
from ringwork.governance.style.rulesets import fingerprint
from ringwork.kernel.cache import Cache, NoCache
from ringwork.style.model import Ruleset

Counted = Mapping[str, Mapping[str, int]]
Entry = TypeVar("Entry")

_FOUND = TypeAdapter(tuple[str, tuple[StyleFinding, ...]])
_COUNTED = TypeAdapter(tuple[str, dict[str, dict[str, int]]])


class Keeping:
    """Entries by ring's document; one that was made of anything else is made again."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache or NoCache()
        self._names: list[str] = []
        self._fingerprints: dict[int, str] = {}

    def found(
        self,
        document: RingDocument,
        ruleset: Ruleset,
        judge: Callable[[], Iterable[StyleFinding]],
        *,
        stricter: bool,
    ) -> tuple[StyleFinding, ...]:
        """What its rules find of a document. `stricter`: with sensitive values."""
        key, name = self._key(document, ruleset, stricter), document.name
        kept = _read(_FOUND, self._get(name, key))
        if kept is not None and kept[0] == key:
            return kept[1]
        found = tuple(judge())
        if key is not None:
            self._cache.put(name, _FOUND.dump_json((key, found)))
        return found

    def counted(self, document: RingDocument, count: Callable[[], dict[str, dict[str, int]]]) -> Counted:
        """Names of a document by their case."""
        key, name = document.content, f"{document.name} names"
        kept = _read(_COUNTED, self._get(name, key))
        if kept is not None and kept[0] == key:
            return kept[1]
        counted = count()
        if key is not None:
            self._cache.put(name, _COUNTED.dump_json((key, counted)))
        return counted

    def end(self) -> None:
        """What was not asked for is forgotten."""
        self._cache.keep(self._names)

    def _get(self, name: str, key: str | None) -> bytes | None:
        self._names.append(name)
        return None if key is None else self._cache.get(name)

    def _key(self, document: RingDocument, ruleset: Ruleset, stricter: bool) -> str | None:
        if document.content is None:
            return None
        if id(ruleset) not in self._fingerprints:
            self._fingerprints[id(ruleset)] = fingerprint(ruleset)
        rules = self._fingerprints[id(ruleset)]
        return sha256(f"{rules} {document.content} {stricter}".encode()).hexdigest()


def _read(adapter: TypeAdapter[Entry], data: bytes | None) -> Entry | None:
    try:
        return None if data is None else adapter.validate_json(data)
    except ValidationError:
        return None

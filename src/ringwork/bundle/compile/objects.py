"""The objects of a revision: named all at once, in bytes as far as somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ringwork.bundle.compile.bundles import CompiledApi, compile_api
from ringwork.kernel.canonical import content_hash


class Objects(Mapping[str, bytes]):
    """SHA-256 → bytes. Of an API that did not change, nobody asks for the bytes: they are on disk.

    `made`: the bytes there are already.
    """

    def __init__(self, apis: Sequence[CompiledApi], made: Mapping[str, bytes]) -> None:
        self._owners = {name: api for api in apis for name in api.names if name not in made}
        self._bytes = dict(made)

    def add(self, data: bytes) -> str:
        """An object of no API; its name."""
        name = content_hash(data)
        self._bytes[name] = data
        return name

    def only(self, names: Iterable[str]) -> Objects:
        """Those of `names`: a ring the estate does not run sends nothing to a gateway."""
        chosen = Objects((), {})
        for name in names:
            if name in self._bytes:
                chosen._bytes[name] = self._bytes[name]
            else:
                chosen._owners[name] = self._owners[name]
        return chosen

    def __getitem__(self, name: str) -> bytes:
        if name in self._bytes:
            return self._bytes[name]
        _, made = compile_api(self._owners[name].intent)
        return made[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._bytes
        yield from self._owners

    def __len__(self) -> int:
        return len(self._bytes) + len(self._owners)

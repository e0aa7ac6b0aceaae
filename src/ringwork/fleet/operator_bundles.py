"""Files of CAs that the operator brings, a mesh's for example: taken over when they change."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ringwork.kernel.refusal import Refused
from ringwork.manifest.certificates import read_bundle

_Stamp = tuple[int, int, int]


class OperatorBundles:
    """For one thread. A file that cannot be used leaves what it said before."""

    def __init__(self) -> None:
        self._seen: dict[str, _Stamp | None] = {}
        self._pems: dict[str, str] = {}

    def read(self, files: Iterable[str]) -> dict[str, str]:
        """File → its certificates, PEM, of those that could be used now or before."""
        wanted = list(files)
        for file in wanted:
            self._look(file)
        return {file: self._pems[file] for file in wanted if file in self._pems}

    def changed(self) -> bool:
        """Whether any that was read is another file now, usable or not."""
        return any(_stamp(file) != seen for file, seen in self._seen.items())

    def demand_usable(self) -> None:
        """Raises Refused for the first that cannot be used."""
        for file in self._seen:
            problem = read_bundle(Path(file)).problem
            if problem is not None:
                help = "The certificates it had before stay trusted. It is read again when it changes."
                raise Refused("trust-bundle-unusable", f"{file} {problem}", help)

    def _look(self, file: str) -> None:
        stamp = _stamp(file)
        if file in self._seen and self._seen[file] == stamp:
            return
        self._seen[file] = stamp  # before it is read: a change meanwhile is seen the next time
        found = read_bundle(Path(file))
        if found.problem is None:
            self._pems[file] = found.text


def _stamp(file: str) -> _Stamp | None:
    try:
        seen = os.stat(file)
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns

"""A folder of files named by the SHA-256 of what they hold."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from ringwork.kernel.canonical import content_hash
from ringwork.kernel.files import write_all
from ringwork.kernel.stamps import Stamp, stamp_of


class ObjectFolder:
    """Says an object is there only when it is whole: a name is believed once its content was hashed, and for as long
    as the file does not change. What is missing or damaged is written anew by whoever writes it next.
    """

    def __init__(self, directory: Path, suffix: str) -> None:
        self._directory = directory
        self._suffix = suffix
        self._whole: dict[str, Stamp] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, objects: Mapping[str, bytes]) -> int:
        """Writes what is not there whole; how many that were. Only their bytes are asked for. On disk when this
        returns.
        """
        missing = [name for name in sorted(objects) if not self.has(name)]
        write_all(self._directory, {f"{name}{self._suffix}": objects[name] for name in missing})
        for name in missing:
            self._remember(name)
        return len(missing)

    def has(self, name: str) -> bool:
        """Whether the object is there, whole."""
        known = self._whole.get(name)
        if known is not None and stamp_of(f"{self._directory}/{name}{self._suffix}") == known:
            return True
        self._whole.pop(name, None)
        return self._is_whole(name)

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError when it is not there, or not what its name says."""
        data = self.path(name).read_bytes()
        if content_hash(data) != name:
            raise FileNotFoundError(f"{self.path(name)} has other content than its name says")
        return data

    def path(self, name: str) -> Path:
        return self._directory / f"{name}{self._suffix}"

    def keep(self, names: Collection[str]) -> int:
        """Removes everything else; how many that were."""
        removed = [path for path in self._directory.iterdir() if path.name.partition(".")[0] not in names]
        for path in removed:
            # A folder is what a publication that was killed had begun.
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            self._whole.pop(path.name.partition(".")[0], None)
        return len(removed)

    def _is_whole(self, name: str) -> bool:
        stamp = stamp_of(self.path(name))
        try:
            self.read(name)
        except OSError:
            return False
        if stamp is not None:
            self._whole[name] = stamp
        return True

    def _remember(self, name: str) -> None:
        stamp = stamp_of(self.path(name))
        if stamp is not None:
            self._whole[name] = stamp

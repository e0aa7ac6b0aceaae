"""A folder of files named by the SHA-256 of what they hold."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from ringwork.kernel.canonical import content_hash
from ringwork.kernel.files import write_all
from ringwork.kernel.stamps import Stamp, stamp_of


class ObjectFolder:
    """Believes a name once it wrote the file, or hashed it: whatever is damaged when a process starts is found when
    it first writes, and `heal` also finds what became so since.
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
        missing = [name for name in sorted(objects) if name not in self._whole and not self.has(name)]
        write_all(self._directory, {f"{name}{self._suffix}": objects[name] for name in missing})
        for name in missing:
            self._remember(name)
        return len(missing)

    def heal(self, objects: Mapping[str, bytes]) -> int:
        """Writes what is missing or damaged, looking at every file; how many that were."""
        for name in objects:
            self.has(name)
        return self.write(objects)

    def has(self, name: str) -> bool:
        """Whether the object is there, whole: a file that did not change is not hashed again."""
        known = self._whole.get(name)
        if known is not None and stamp_of(f"{self._directory}/{name}{self._suffix}") == known:
            return True
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
        # Names, not paths: a large organisation has ten thousand objects, and few of them go.
        entries = (entry for entry in os.listdir(self._directory) if entry.partition(".")[0] not in names)
        removed = [self._directory / entry for entry in entries]
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
            self._whole.pop(name, None)
            return False
        if stamp is not None:
            self._whole[name] = stamp
        return True

    def _remember(self, name: str) -> None:
        stamp = stamp_of(self.path(name))
        if stamp is not None:
            self._whole[name] = stamp

"""The contracts that are answered, on disk: `index.json` says which is below which path."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically


class MockShelf:
    """Written by the control plane, read by the mocks' process. Making one makes nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "index.json"

    def keep(self, documents: Mapping[str, str], paths: Collection[str]) -> None:
        """Path → document, for each of `paths`; those without a new document keep the one they have."""
        before = self.index()
        index = {path: before[path] for path in paths if path in before}
        for path, text in documents.items():
            data = text.encode()
            index[path] = sha256(data).hexdigest()
            if not self._file(index[path]).exists():
                private_directory(self.folder)
                write_atomically(self._file(index[path]), data, mode=PRIVATE_FILE)
        if index != before:
            private_directory(self.folder)
            write_atomically(self._index, json.dumps(index, sort_keys=True).encode(), mode=PRIVATE_FILE)
        for gone in set(before.values()) - set(index.values()):
            self._file(gone).unlink(missing_ok=True)

    def index(self) -> dict[str, str]:
        """Path → name of its document; empty where nothing is mocked."""
        try:
            index: dict[str, str] = json.loads(self._index.read_bytes())
        except FileNotFoundError:
            return {}
        return index

    def document(self, name: str) -> dict[str, object]:
        """Raises FileNotFoundError when it was replaced meanwhile."""
        document: dict[str, object] = json.loads(self._file(name).read_bytes())
        return document

    def stamp(self) -> tuple[int, int]:
        """Another one when the index is another."""
        try:
            found = self._index.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

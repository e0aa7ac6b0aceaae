"""A disk that a test fills: a small one that is mounted, or (where nothing can be) one that takes no more writes."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.preloaded import built

_SIZE = "32m"
_PIECE = b"\0" * 4096


class Disk(Protocol):
    folder: Path

    def fill(self) -> None:
        """From now on there is no room."""

    def free(self) -> None: ...


class MountedDisk:
    """A tmpfs of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(_PIECE):
                pass

    def free(self) -> None:
        self._ballast.unlink()


class RefusingDisk:
    """Every process that is started from now on can be kept from writing to files."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._flag = folder.with_name("full")
        self._flag.write_bytes(b"\0")
        monkeypatch.setenv("FULL_DISK", str(self._flag))
        monkeypatch.setenv("LD_PRELOAD", str(built("full_disk", folder.parent)))

    def fill(self) -> None:
        self._set(b"\1")

    def free(self) -> None:
        self._set(b"\0")

    def _set(self, value: bytes) -> None:
        with self._flag.open("r+b") as flag:  # in place: the processes have it mapped
            flag.write(value)


@pytest.fixture(params=["mounted", "refusing"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Both kinds are tested; where nothing can be mounted the second stands for the first."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = request.param == "mounted" and _mount(folder)
    yield MountedDisk(folder) if mounted else RefusingDisk(folder, monkeypatch)
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "ringwork-test", str(folder)]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False

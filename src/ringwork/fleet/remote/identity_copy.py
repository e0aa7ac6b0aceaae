"""The node's copy of the identity data, for its rings, in step with the control plane's change log.

A copy that has to begin anew is built beside the one in use, and takes its place whole: the gateway never sees half of
one. From a control plane that tells what holds it is written in order; else changes come as they happened, and it is
packed. Which log a copy follows is written inside its folder, so the two are never taken for each other's.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ringwork.control.changes import Standing
from ringwork.control.native import NativeIdentityNode
from ringwork.fleet.remote.protocol import IdentityPart, IdentityPosition
from ringwork.kernel.files import private_directory, sync_directory, write_atomically

_EPOCH = "epoch"


class IdentityCopy:
    """For one thread."""

    def __init__(self, identity: Path) -> None:
        self._live = identity
        self._next = identity.with_name(f"{identity.name}.next")
        self._packed = identity.with_name(f"{identity.name}.packed")
        self._old = identity.with_name(f"{identity.name}.old")
        if self._old.exists() and not identity.exists():
            self._old.rename(identity)  # killed between the two renames below
        shutil.rmtree(self._old, ignore_errors=True)
        shutil.rmtree(self._next, ignore_errors=True)
        shutil.rmtree(self._packed, ignore_errors=True)
        self._copy: NativeIdentityNode | None = None

    def position(self) -> IdentityPosition:
        """Where the control plane goes on: in the copy being built, if one is."""
        folder = self._next if self._next.exists() else self._live
        try:
            epoch = (folder / _EPOCH).read_text()
        except FileNotFoundError:
            return IdentityPosition()
        return IdentityPosition(epoch=epoch, seq=self._opened(folder).seq())

    def take(self, part: IdentityPart) -> None:
        """Applies the next changes in one transaction; raises Refused when the data cannot be written."""
        if part.reset:
            self._begin(part.epoch)
        building = self._next.exists()
        self._apply(self._next if building else self._live, part)
        if building and not part.more:
            self._pack()
            self._put_in_place(self._packed)

    def begin_anew(self, standing: Standing) -> None:
        """All of `standing`, and nothing of what there was. Raises what reading it raises: what there was stays."""
        self._begin(standing.epoch)
        try:
            self._opened(self._next).fill_understood(standing)
        except BaseException:
            self._copy = None
            shutil.rmtree(self._next)
            raise
        self._put_in_place(self._next)

    def _apply(self, folder: Path, part: IdentityPart) -> None:
        copy = self._opened(folder)
        if part.seq > copy.seq():
            copy.take(part.seq, part.changes)

    def _begin(self, epoch: str) -> None:
        self._copy = None
        shutil.rmtree(self._next, ignore_errors=True)
        private_directory(self._next)
        write_atomically(self._next / _EPOCH, epoch.encode())

    def _put_in_place(self, folder: Path) -> None:
        # LMDB opens no path twice, and knows an open one by its name.
        self._copy = None
        if self._live.exists():
            self._live.rename(self._old)
        folder.rename(self._live)
        sync_directory(self._live.parent)
        shutil.rmtree(self._next, ignore_errors=True)
        shutil.rmtree(self._old, ignore_errors=True)

    def _pack(self) -> None:
        """Changes come as they happened; a gateway shall not map pages that are half empty."""
        private_directory(self._packed)
        write_atomically(self._packed / _EPOCH, (self._next / _EPOCH).read_bytes())
        self._opened(self._next).pack_into(self._packed)

    def _opened(self, folder: Path) -> NativeIdentityNode:
        if self._copy is None or self._copy.directory != folder:
            self._copy = None
            self._copy = NativeIdentityNode(folder)
        return self._copy

"""The two doors to Rust: the node's identity data and the key format, each with one home."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from ringwork import _native
from ringwork.control.changes import Change, LoggedChange, Standing
from ringwork.control.model import MintedKey
from ringwork.control.recognition import KeyText
from ringwork.kernel.files import private_directory
from ringwork.kernel.refusal import Refused


class NativeIdentityNode:
    """The node's LMDB, written through the very code the gateway reads it with."""

    def __init__(self, directory: Path) -> None:
        """Raises Refused when the data cannot be opened."""
        self.directory = directory
        self._writer = _opened(directory)

    def seq(self) -> int:
        return self._writer.seq()

    def apply(self, changes: Sequence[LoggedChange]) -> None:
        self._writer.apply([logged.change for logged in changes], changes[-1].seq)

    def take(self, seq: int, changes: Sequence[Change]) -> None:
        """`changes` are all there are up to `seq` that concern this node, told by a control plane that may be of a
        later release.
        """
        self._writer.apply_understood(changes, seq)

    def fill(self, standing: Standing) -> None:
        self._writer.fill(standing.changes, standing.seq)
        self._begin_again()

    def fill_understood(self, standing: Standing) -> None:
        """The same, told by a control plane that may be of a later release."""
        self._writer.fill_understood(standing.changes, standing.seq)
        self._begin_again()

    def pack_into(self, directory: Path) -> None:
        """Writes all there is into a new folder, as small as it can be."""
        self._writer.pack_into(str(directory))

    def start_over(self) -> None:
        """Raises Refused when the data cannot be made. A gateway that runs finds the new file in a second."""
        del self._writer  # LMDB opens no path twice
        shutil.rmtree(self.directory)
        self._writer = _opened(self.directory)

    def _begin_again(self) -> None:
        del self._writer  # LMDB would keep the memory of every page it wrote
        self._writer = _opened(self.directory)


def _opened(directory: Path) -> _native.IdentityWriter:
    try:
        return _native.IdentityWriter(str(private_directory(directory)))
    except _native.WallError as error:
        help = "If it is damaged, remove this folder: the next start writes it anew from the store."
        raise Refused("identity-unavailable", f"{directory}: {error.message}", help, status=503) from None


def mint_key(environment: str) -> MintedKey:
    """A key in the format of `crates/wall/src/identity/key.rs`, from the system's randomness."""
    minted = _native.mint_key(environment)
    return MintedKey(minted["id"], minted["key"])


def read_key(text: str) -> KeyText | None:
    """None when it is malformed or its checksum is wrong."""
    parts = _native.parse_key(text)
    return None if parts is None else KeyText(parts["id"], parts["environment"], parts["sha256"])

"""The two doors to Rust: the node's identity data and the key format, each with one home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ringwork import _native
from ringwork.control.changes import LoggedChange
from ringwork.control.model import MintedKey
from ringwork.kernel.files import private_directory
from ringwork.kernel.refusal import Refused


class NativeIdentityNode:
    """The node's LMDB, written through the very code the gateway reads it with."""

    def __init__(self, directory: Path) -> None:
        """Raises Refused when the data cannot be opened."""
        try:
            self._writer = _native.IdentityWriter(str(private_directory(directory)))
        except _native.WallError as error:
            help = "If it is damaged, remove this folder: the next start writes it anew from the store."
            raise Refused("identity-unavailable", f"{directory}: {error.message}", help, status=503) from None

    def seq(self) -> int:
        return self._writer.seq()

    def apply(self, changes: Sequence[LoggedChange]) -> None:
        self._writer.apply([logged.change for logged in changes], changes[-1].seq)


def mint_key(environment: str) -> MintedKey:
    """A key in the format of `crates/wall/src/identity/key.rs`, from the system's randomness."""
    minted = _native.mint_key(environment)
    return MintedKey(minted["id"], minted["key"])

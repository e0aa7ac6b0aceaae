"""The ledger of one state: sealed as it grows, and handed out.

Whoever seals goes on from what he remembers of the tree, outside the database, and reads new entries only: what was
changed in the database afterwards does not fit what was signed, and nothing signs it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from ringwork.control.directory import ControlDirectory
from ringwork.control.ledger.checkpoint import Checkpoint
from ringwork.control.ledger.note import Verifier
from ringwork.control.ledger.tree import Frontier, leaf_hash
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused

_BATCH = 1_000
_NAMED_BY = 16


@dataclass(frozen=True, slots=True)
class Extract:
    """As of one moment; read as it is asked for. `checkpoints`: notes, the shortest tree first."""

    checkpoints: Iterator[str]
    entries: Iterator[bytes]


class LedgerRecords(Protocol):
    def size(self) -> int:
        """How many entries there were ever made."""

    def after(self, size: int, *, limit: int) -> list[tuple[int, bytes]]:
        """Entries from number `size` on, each with its number."""

    def keep(self, size: int, note: str) -> None:
        """A checkpoint, beside the entries."""

    def extract(self) -> AbstractContextManager[Extract]: ...


class _Sealed(BaseModel):
    """`STATE/control/ledger.json`: what was signed last, and all that is needed to go on. `roots`: hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    size: int
    roots: tuple[str, ...]
    note: str


class Ledger:
    """`key` gives the key checkpoints are signed with."""

    def __init__(
        self, records: LedgerRecords, directory: ControlDirectory, *, key: Callable[[], Ed25519PrivateKey]
    ) -> None:
        self._records = records
        self._directory = directory
        self._key = key
        self._file = _file(directory)

    def seal(self) -> str | None:
        """Signs all there is, as a checkpoint; None: there is nothing yet.

        Raises Refused when the store has fewer entries than were signed, or one of the new ones is gone.
        """
        with self._directory.locked("ledger"):
            before = _sealed(self._file)
            size = self._records.size()
            if before is None and not size:
                return None
            grown = _grown(self._records, before, size)
            return before.note if before is not None and grown.size == before.size else self._signed(grown)

    def verifier(self) -> Verifier:
        """The public key to verify with."""
        return _verifier(self._key())

    @contextmanager
    def export(self) -> Iterator[Iterator[bytes]]:
        """Lines of an export (docs/ledger.md): all checkpoints, then all entries."""
        self.seal()
        with self._records.extract() as extract:
            yield _lines(extract)

    def _signed(self, grown: Frontier) -> str:
        key = self._key()
        note = Checkpoint(_verifier(key).name, grown.size, grown.root()).signed(key)
        sealed = _Sealed(size=grown.size, roots=tuple(root.hex() for root in grown.roots), note=note)
        # Remembered before it is shown: nothing shorter or other is ever signed beside it.
        write_atomically(self._file, sealed.model_dump_json().encode(), mode=PRIVATE_FILE)
        self._records.keep(grown.size, note)
        return note


def demand_whole(records: LedgerRecords, directory: ControlDirectory) -> None:
    """Raises Refused as `Ledger.seal` does; signs nothing."""
    _grown(records, _sealed(_file(directory)), records.size())


def _file(directory: ControlDirectory) -> Path:
    return directory.root / "ledger.json"


def _sealed(file: Path) -> _Sealed | None:
    try:
        return _Sealed.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        message = f"{file} does not say what was signed of the ledger"
        raise Refused("ledger-unknown", message, "Put it back from a backup.", status=503) from None


def _grown(records: LedgerRecords, before: _Sealed | None, size: int) -> Frontier:
    roots = () if before is None else tuple(map(bytes.fromhex, before.roots))
    grown = Frontier(0 if before is None else before.size, roots)
    if size < grown.size:
        raise _short(size, grown.size)
    while grown.size < size:
        entries = records.after(grown.size, limit=min(_BATCH, size - grown.size))
        wanted = range(grown.size, grown.size + len(entries))
        if not entries or [seq for seq, _ in entries] != [*wanted]:
            raise _incomplete(grown.size)
        for _, data in entries:
            grown = grown.appended(leaf_hash(data))
    return grown


def _lines(extract: Extract) -> Iterator[bytes]:
    for note in extract.checkpoints:
        yield json.dumps({"checkpoint": note}).encode() + b"\n"
    for data in extract.entries:
        yield data + b"\n"


def _verifier(key: Ed25519PrivateKey) -> Verifier:
    """Named by its key: no two ledgers have one name."""
    public = key.public_key().public_bytes_raw()
    return Verifier(f"ringwork.ledger/{content_hash(public)[:_NAMED_BY]}", public)


def _short(found: int, signed: int) -> Refused:
    message = f"the store has {found} of the {signed} entries that were signed of the ledger"
    help = "Somebody removed them, or the store is from a backup: docs/ledger.md says how to go on."
    return Refused("ledger-truncated", message, help, status=409)


def _incomplete(first: int) -> Refused:
    message = f"an entry of the ledger, number {first} or one soon after, is not in the store"
    help = "Somebody removed it before it was signed; nothing is signed until it is back from a backup."
    return Refused("ledger-incomplete", message, help, status=409)

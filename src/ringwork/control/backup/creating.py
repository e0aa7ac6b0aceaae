"""A backup of a control plane, which may be at work meanwhile.

Files first, then the store as of one moment, then what only ever grows: so that a restored store has everything its
ledger was signed for, and every revision in it has its sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path

from pyrage.x25519 import Recipient

from ringwork import __version__
from ringwork.control.backup import about
from ringwork.control.backup.about import About
from ringwork.control.backup.archive import Archive, written
from ringwork.control.backup.rows import parts
from ringwork.control.directory import ControlDirectory
from ringwork.control.ledger.deeds import Deed, because
from ringwork.control.store.database import Database
from ringwork.control.store.ledger import noted
from ringwork.control.store.schema import NEWEST
from ringwork.kernel.clock import Clock

# Writers of files that belong together hold these (`ControlDirectory.locked`).
_LOCKS = ("authority", "ledger", "signing")


@dataclass(slots=True)
class Written:
    """`rows` by table; `files` of `control/`."""

    rows: Counter[str] = field(default_factory=Counter)
    files: int = 0


class Backups:
    def __init__(self, database: Database, directory: ControlDirectory, *, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock

    def create(self, out: BufferedIOBase, recipients: Sequence[Recipient]) -> Written:
        """Writes a backup that only holders of the recipients' keys can open. Raises OSError, Refused.

        That it was made is on record, in the backup too.
        """
        with because(f"encrypted to {', '.join(map(str, recipients))}"):
            noted(self._database, self._clock(), Deed("state.backup", "state", None, None))
        found = Written()
        with written(out, recipients) as archive:
            said = About(ringwork=__version__, schema_revision=NEWEST, made_at=self._clock())
            archive.add(about.NAME, said.model_dump_json().encode())
            with ExitStack() as locks:
                for name in _LOCKS:
                    locks.enter_context(self._directory.locked(name))
                self._add(archive, self._standing(), found)
            self._add_rows(archive, found)
            self._add(archive, self._growing(), found)
        return found

    def _add(self, archive: Archive, files: Iterator[Path], found: Written) -> None:
        for path in files:
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # of a revision that is kept no longer
                continue
            archive.add(f"control/{path.relative_to(self._directory.root)}", data)
            found.files += 1

    def _add_rows(self, archive: Archive, found: Written) -> None:
        with self._database.reading_at_once() as connection:
            for number, (table, count, lines) in enumerate(parts(connection)):
                archive.add(f"store/{table}/{number:06}.ndjson", lines)
                found.rows[table] += count

    def _standing(self) -> Iterator[Path]:
        """All but the store itself, what can be made again, and what grows."""
        root, left_out = self._directory.root, {self._directory.store, self._directory.exposure}
        for path in sorted(root.iterdir()):
            is_store = path.name.startswith(self._directory.database.name)
            if path.is_file() and not is_store and path.suffix != ".lock" and path not in left_out:
                yield path
        for folder in (self._directory.keys, self._directory.nodes_tls):
            yield from _files(folder)

    def _growing(self) -> Iterator[Path]:
        """What is live names its parts, so it comes before them."""
        if self._directory.exposure.exists():
            yield self._directory.exposure
        yield from _files(self._directory.mocks)
        yield from _files(self._directory.revisions)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())

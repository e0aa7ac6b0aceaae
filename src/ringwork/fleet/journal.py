"""The journal of a gateway's writes that are on record, read on into the ledger (`crates/server/src/journal`).

A line is eight hexadecimal digits of CRC-32, a space, JSON. One that was cut short is none. What the ledger has is told
to the gateway, which takes it away.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from ringwork.control.records.model import Batch, Told
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused

# Read at once, of one run.
CHUNK_BYTES = 512 * 1024
# Read in one turn, the oldest: each is of one start of a gateway.
MOST_RUNS = 1_000
_DIGITS = 8

Positions = Callable[[Collection[str]], Mapping[str, int]]
# Enters a batch, and says up to where the ledger has its run.
Take = Callable[[Batch], int]


class JournalReader:
    """Of one node, which the ledger knows as `gateway`. `positions` says how far the ledger is, which is asked once and
    after a failure.
    """

    def __init__(self, journal: Path, *, gateway: str, positions: Positions, take: Take) -> None:
        self._journal = journal
        self._gateway = gateway
        self._positions = positions
        self._take = take
        self._known: dict[str, int] = {}

    def read_on(self) -> int:
        """Everything there is now; how many writes were told. Raises Refused, or OSError."""
        told = 0
        for run in self._runs():
            told += self._read_run(run)
        return told

    def _runs(self) -> list[Path]:
        if not self._journal.is_dir():
            return []
        runs = sorted(path for path in self._journal.iterdir() if path.name[0].isdigit() and path.is_dir())
        del runs[MOST_RUNS:]  # their turn comes
        names = {path.name for path in runs}
        self._known = {run: position for run, position in self._known.items() if run in names}
        fresh = names - self._known.keys()
        if fresh:
            self._known |= self._positions(sorted(fresh))
        return runs

    def _read_run(self, run: Path) -> int:
        told = 0
        try:
            for end, lines in _chunks(run, self._untold(run)):
                batch = Batch(run.name, self._known[run.name], end, tuple(_told(lines)))
                position = self._take(batch)
                self._known[run.name] = position
                told += len(batch.told)
                self._acknowledge(run, position)
                if position != end:
                    break  # the ledger is elsewhere than was thought: it is read from there
        except FileNotFoundError:
            self._known.pop(run.name, None)  # the gateway took it away
        except BaseException:
            self._known.clear()
            raise
        return told

    def _acknowledge(self, run: Path, position: int) -> None:
        said = f"{position} {self._gateway}".encode()
        write_atomically(run / "acknowledged", said, mode=PRIVATE_FILE)

    def _untold(self, run: Path) -> int:
        """Where to read from: what was told by another name, before the node was enrolled anew, is not told again."""
        try:
            position, _, gateway = (run / "acknowledged").read_text().partition(" ")
        except FileNotFoundError:
            return self._known[run.name]
        is_anothers = gateway != self._gateway and not self._known[run.name] and position.isdigit()
        return int(position) if is_anothers else self._known[run.name]


def _chunks(run: Path, position: int) -> Iterator[tuple[int, list[bytes]]]:
    """Where each ends in the run, and its whole lines, from `position` on.

    Of a run that has ended, what is torn at its end is passed over; of another, it may be whole the next time.
    """
    has_ended = (run / "ended").exists()
    segments = sorted((int(path.stem), path) for path in run.glob("*.log"))
    for number, (start, path) in enumerate(segments):
        is_last = number + 1 == len(segments)
        # What was taken away before it was read here was in the ledger of another time.
        position = max(position, start)
        yield from _of_segment(path, start, position, is_over=has_ended or not is_last)


def _of_segment(path: Path, start: int, position: int, *, is_over: bool) -> Iterator[tuple[int, list[bytes]]]:
    with path.open("rb") as file:
        file.seek(position - start)
        rest = b""
        while data := file.read(CHUNK_BYTES):
            # Nothing is told that a power cut could take back.
            os.fdatasync(file.fileno())
            whole, newline, rest = (rest + data).rpartition(b"\n")
            if newline:
                position += len(whole) + 1
                yield position, whole.split(b"\n")
        if rest and is_over:
            yield position + len(rest), []


def _told(lines: list[bytes]) -> Iterator[Told]:
    for line in lines:
        said = _said(line)
        if said is None:
            continue
        try:
            found = json.loads(said)
            if found["kind"] == "outcome":
                yield Told.model_validate(found)
        except (ValueError, TypeError, KeyError):
            # Not passed over: a write would be missing, and nobody would know.
            help = "Upgrade the control plane; nothing is lost meanwhile."
            message = "a gateway's journal says what is not understood"
            raise Refused("record-unreadable", message, help) from None


def _said(line: bytes) -> bytes | None:
    """None: it was not written whole."""
    digits, space, said = line.partition(b" ")
    if len(digits) != _DIGITS or not space:
        return None
    try:
        return said if int(digits, 16) == zlib.crc32(said) else None
    except ValueError:
        return None

"""The access log as calls, oldest first, whatever its size: rotated files, then the one being written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# The gateway's lines are far shorter (bounded heads); a longer one is damage and is not read into memory.
_LONGEST_LINE_BYTES = 256 * 1024

Call = dict[str, Any]


@dataclass(slots=True)
class Damage:
    """Lines that are no record: cut short by a crash of the machine, or not the gateway's."""

    lines: int = 0


def calls(log: Path, damage: Damage) -> Iterator[Call]:
    """Every call in `log` and the files it was rotated into (`access-<when>.ndjson`)."""
    for file in _oldest_first(log):
        with file:
            yield from _calls_of(file, damage)


def _oldest_first(log: Path) -> Iterator[IO[bytes]]:
    """The current file is opened first: if it is rotated while older ones are read, it is read once all the same."""
    try:
        current = log.open("rb")
    except FileNotFoundError:
        current = None
    opened = None if current is None else log_identity(current)
    for path in rotated_files(log):
        try:
            rotated = path.open("rb")
        except FileNotFoundError:  # the gateway keeps a bounded number of them
            continue
        if log_identity(rotated) == opened:
            rotated.close()
        else:
            yield rotated
    if current is not None:
        yield current


def rotated_files(log: Path) -> list[Path]:
    """Oldest first: names sort by time (`crates/server/src/log/rotation.rs`)."""
    return sorted(log.parent.glob(f"{log.stem}-*{log.suffix}"))


def log_identity(file: IO[bytes]) -> tuple[int, int]:
    """Device and inode: the same file under whatever name."""
    seen = os.fstat(file.fileno())
    return seen.st_dev, seen.st_ino


def _calls_of(file: IO[bytes], damage: Damage) -> Iterator[Call]:
    while line := file.readline(_LONGEST_LINE_BYTES):
        if not line.endswith(b"\n"):
            if len(line) < _LONGEST_LINE_BYTES:
                return  # being written right now
            _skip_rest(file)
            damage.lines += 1
            continue
        call = _parsed(line)
        if call is None:
            damage.lines += 1
        else:
            yield call


def _skip_rest(file: IO[bytes]) -> None:
    while (part := file.readline(_LONGEST_LINE_BYTES)) and not part.endswith(b"\n"):
        pass


def _parsed(line: bytes) -> Call | None:
    try:
        call = json.loads(line)
    except ValueError:
        return None
    return call if isinstance(call, dict) and isinstance(call.get("status"), int) else None


def find_call(log: Path, request_id: str) -> Call | None:
    """The call with this correlation id; None when the log does not hold it (any more)."""
    return next((call for call in calls(log, Damage()) if call.get("request_id") == request_id), None)

"""Which keys were used, and in which minute last: read off the access log as it grows, beside the gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.usage.following import Follower, Position

# Keys told at once.
MOST_KEYS = 5_000
# Chunks of the log read at once: what is more waits for the next time.
_MOST_CHUNKS = 64
# What is written first of every call, and where the id of its key stands, if it had one (`crates/wall/src/record`). A
# quote within a text is written \", so no text of a caller's can look like it.
_BEGIN, _KEY, _ID_CHARACTERS = b'{"time":"', b',"key_id":"', 12
_MINUTE = slice(len(_BEGIN), len(_BEGIN) + len("2026-01-02T03:04"))
_POSITION = TypeAdapter(Position)
_FROM_THE_BEGINNING = Position(0, 0, 0, 0, "", "")


class KeyUses:
    """Of one log; up to where it was read is kept in `file`."""

    def __init__(self, log: Path, file: Path) -> None:
        self._file = file
        self._follower = Follower(log, _read(file))
        self._told: dict[str, int] = {}
        self._kept = self._follower.position

    def read(self) -> dict[str, int]:
        """Key → Unix time of the minute, of what was not settled yet."""
        for _ in range(_MOST_CHUNKS):
            if len(self._told) >= MOST_KEYS:
                break
            lines = self._follower.read()
            if not lines:
                break
            self._told |= uses_in(lines)
        return dict(self._told)

    def settled(self) -> None:
        """What was read last is known where it is kept."""
        self._told = {}
        if self._follower.position != self._kept:
            self._kept = self._follower.position
            write_atomically(self._file, _POSITION.dump_json(self._kept), mode=PRIVATE_FILE)

    def close(self) -> None:
        self._follower.close()


def uses_in(lines: list[bytes]) -> dict[str, int]:
    """Of whole lines of the log, oldest first; what is no line of the gateway's is passed over."""
    minutes: dict[bytes, bytes] = {}
    for line in lines:
        found = line.find(_KEY)
        if found >= 0 and line.startswith(_BEGIN):
            begin = found + len(_KEY)
            minutes[line[begin : begin + _ID_CHARACTERS]] = line[_MINUTE]
    times = {minute: _unix(minute) for minute in {*minutes.values()}}
    return {
        key.decode(): at
        for key, minute in minutes.items()
        if (at := times[minute]) is not None and key.isalnum() and key.isascii()
    }


def _unix(minute: bytes) -> int | None:
    try:
        return int(datetime.fromisoformat(minute.decode()).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _read(file: Path) -> Position:
    try:
        return _POSITION.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return _FROM_THE_BEGINNING

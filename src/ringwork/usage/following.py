"""The access log read as it grows, over rotations and restarts, from where one was the last time.

Files are told by device, inode and their first bytes: inodes are given again, names change. What a file that was
removed before it was read held is lost; that it happened is counted.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ringwork.usage.log import rotated_files

# Read at once; a line that is longer is no line of the gateway's.
CHUNK_BYTES = 512 * 1024
_HEAD_BYTES = 512
# A file that was moved away may still get the lines its writer had in hand.
_LEFT_AFTER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where the log was read.

    `head` is the SHA-256 of the file's first `head_bytes`; `past` the name of the newest rotated file that was left
    behind, "" for none. `inode` 0: there was no file after that one yet.
    """

    device: int
    inode: int
    offset: int
    head_bytes: int
    head: str
    past: str


class Follower:
    """Reads `log` and what it was rotated into. `position` None: from now on. For one thread."""

    def __init__(self, log: Path, position: Position | None) -> None:
        self._log = log
        self._file: IO[bytes] | None = None
        self._offset = 0
        self._past = ""
        self._in_long_line = False
        self.damaged = 0
        """Lines that were too long to be one, or cut short."""
        self.gaps = 0
        """Times there was more than could be read before it was removed."""
        if position is None:
            self._begin_now()
        else:
            self._resume(position)

    def read(self) -> list[bytes]:
        """The next whole lines, at most CHUNK_BYTES of them; none: there are no more for now."""
        while True:
            lines = self._read_here()
            if lines or not self._goes_on():
                return lines

    @property
    def position(self) -> Position:
        """After all that was read."""
        if self._file is None:
            return Position(0, 0, 0, 0, "", self._past)
        status = os.fstat(self._file.fileno())
        head_bytes = min(_HEAD_BYTES, self._offset)
        return Position(
            status.st_dev,
            status.st_ino,
            self._offset,
            head_bytes,
            _head(self._file, head_bytes),
            self._past,
        )

    def backlog_bytes(self) -> int:
        """What is written and not read yet."""
        newer = sum(_size(path) for path in self._newer())
        if self._file is None:
            return newer
        return newer + max(0, os.fstat(self._file.fileno()).st_size - self._offset)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _begin_now(self) -> None:
        self._past = max((path.name for path in rotated_files(self._log)), default="")
        if not self._open(self._log):
            return
        assert self._file is not None  # it was opened a moment ago
        end = os.fstat(self._file.fileno()).st_size
        # A line that is being written is one that comes.
        tail = os.pread(self._file.fileno(), CHUNK_BYTES, max(0, end - CHUNK_BYTES))
        self._offset = end - len(tail) + tail.rfind(b"\n") + 1

    def _resume(self, position: Position) -> None:
        self._past = position.past
        for path in (self._log, *rotated_files(self._log)):
            if self._open(path) and self._is_at(position):
                self._offset = position.offset
                return
        self.close()
        self._file = None
        self.gaps += position.inode != 0

    def _is_at(self, position: Position) -> bool:
        assert self._file is not None
        status = os.fstat(self._file.fileno())
        return (
            (status.st_dev, status.st_ino) == (position.device, position.inode)
            and status.st_size >= position.offset
            and _head(self._file, position.head_bytes) == position.head
        )

    def _read_here(self) -> list[bytes]:
        """Of the file that is open."""
        if self._file is None:
            return []
        if os.fstat(self._file.fileno()).st_size < self._offset:  # emptied in place
            self._offset, self.gaps = 0, self.gaps + 1
        while True:
            self._file.seek(self._offset)
            data = self._file.read(CHUNK_BYTES)
            end = data.rfind(b"\n") + 1
            if end == 0 and len(data) < CHUNK_BYTES:
                return []
            lines = data[:end].split(b"\n")[:-1]
            self._offset += end or len(data)
            if self._in_long_line and lines:
                lines, self.damaged, self._in_long_line = lines[1:], self.damaged + 1, False
            self._in_long_line |= end == 0
            if lines:
                return lines

    def _goes_on(self) -> bool:
        """Opens the next file, once this one is complete."""
        if self._file is not None and not self._is_left():
            return False
        following = self._newer()
        return bool(following) and self._open(following[0])

    def _is_left(self) -> bool:
        """Whether this file is read to its end and nobody writes to it any more."""
        assert self._file is not None
        status = os.fstat(self._file.fileno())
        if _is_same(self._log, status) or time.time() - status.st_mtime < _LEFT_AFTER_SECONDS:
            return False
        if status.st_size > self._offset and status.st_size - self._offset < CHUNK_BYTES:
            self.damaged += 1  # a line that was never finished
            self._offset = status.st_size
        own = [path.name for path in rotated_files(self._log) if _is_same(path, status)]
        self._past = max([self._past, *own])
        return status.st_size <= self._offset

    def _newer(self) -> list[Path]:
        """Files after the one that is open, oldest first."""
        status = None if self._file is None else os.fstat(self._file.fileno())
        rotated = [path for path in rotated_files(self._log) if path.name > self._past]
        paths = [*rotated, self._log]
        own = [index for index, path in enumerate(paths) if status is not None and _is_same(path, status)]
        return [path for path in paths[own[0] + 1 if own else 0 :] if path.exists()]

    def _open(self, path: Path) -> bool:
        try:
            opened = path.open("rb")
        except FileNotFoundError:
            return False
        self.close()
        self._file, self._offset, self._in_long_line = opened, 0, False
        return True


def _head(file: IO[bytes], count: int) -> str:
    return hashlib.sha256(os.pread(file.fileno(), count, 0)).hexdigest()


def _is_same(path: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), status)
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

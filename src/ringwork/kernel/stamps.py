"""Whether a file is the one that was read before, without reading it again."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

# File systems keep times in steps of some milliseconds: a file changed this short before it was looked at may change
# again without looking different (Git calls such an entry racy).
_UNSETTLED_NS = 100_000_000


class Stamp(NamedTuple):
    """What the system says of a file; equal stamps, equal content. Times are nanoseconds since the epoch."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def stamp_of(path: Path | str) -> Stamp | None:
    """The stamp of the file a path leads to, symbolic links followed; None when it cannot be seen."""
    try:
        return as_stamp(os.stat(path))
    except (OSError, ValueError):
        return None


def as_stamp(seen: os.stat_result) -> Stamp:
    return Stamp(seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


def settled(stamp: Stamp | None) -> Stamp | None:
    """`stamp`, or None where the file changed so recently that it could change again and look the same.

    To be asked when the file is read; compares with the system's clock, because file systems stamp by that.
    """
    if stamp is None or time.time_ns() - stamp.changed_ns < _UNSETTLED_NS:
        return None
    return stamp

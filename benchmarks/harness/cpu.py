"""Processor time a program used, with its workers: what a request costs, however busy the machine is."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# proc(5): fields of /proc/PID/stat after the command's name.
_SESSION, _USER_TICKS, _SYSTEM_TICKS = 3, 11, 12


def cpu_s(session: int) -> float:
    """Seconds of processor time of all processes of a session, which `running` gives each program of its own."""
    return sum(_ticks(stat, session) for stat in Path("/proc").glob("[0-9]*/stat")) / _TICKS_PER_S


def _ticks(stat: Path, session: int) -> int:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return 0
    if int(fields[_SESSION]) != session:
        return 0
    return int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])

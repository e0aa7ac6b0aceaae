"""Sessions of whoever runs the commands, in his configuration directory, readable by him alone."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Remembered:
    """`place`: the state directory or URL it is for; `url`: where its control plane was."""

    place: str
    url: str
    token: str = field(repr=False)


def session_for(place: str) -> Remembered | None:
    return next((each for each in _all() if each.place == place), None)


def last_elsewhere() -> Remembered | None:
    """The newest that is of no state directory of this machine."""
    return next((each for each in reversed(_all()) if each.place.startswith("http")), None)


def remember(session: Remembered) -> None:
    """Instead of the one there was for the same place."""
    with _held():
        _write([*(each for each in _all() if each.place != session.place), session])


def forget(place: str) -> None:
    with _held():
        _write([each for each in _all() if each.place != place])


def _folder() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME")
    return (Path(given) if given else Path.home() / ".config") / "ringwork"


def _all() -> list[Remembered]:
    try:
        said: Any = json.loads((_folder() / "sessions.json").read_bytes())
        return [Remembered(**each) for each in said["sessions"]]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (ValueError, KeyError, TypeError):
        return []  # damaged: logging in again mends it


@contextmanager
def _held() -> Iterator[None]:
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    private_directory(folder)
    with (folder / "sessions.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(sessions: list[Remembered]) -> None:
    written = json.dumps({"format": _FORMAT, "sessions": [asdict(each) for each in sessions]}, indent=2)
    write_atomically(_folder() / "sessions.json", written.encode() + b"\n", mode=PRIVATE_FILE)

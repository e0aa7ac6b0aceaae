"""The state directory (`--state`): what is where, and who may run on it."""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically
from ringwork.kernel.refusal import Refused

_LOCK_TRIES = 20
_LOCK_PAUSE_SECONDS = 0.025


class StateDirectory:
    """Paths of ARCHITECTURE.md. Making one makes nothing on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.endpoints = self.root / "endpoints.json"
        self.admin_token = self.root / "admin.token"
        self.control = self.root / "control"
        self.node = self.root / "node"
        self._lock = self.root / "up.lock"

    def make(self) -> None:
        private_directory(self.root)

    def exists(self) -> bool:
        return self.control.is_dir()

    def demand(self) -> None:
        """Raises Refused when nothing was ever started here."""
        if not self.exists():
            raise Refused(
                "state-missing",
                f"{self.root} is no state directory",
                "Start with `ringwork up ESTATE`, or name the right one with --state.",
                status=404,
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """For the one `ringwork up` of this state; the kernel lets go when it dies. Raises Refused."""
        self.make()
        with self._lock.open("a") as file:
            if not _locked(file.fileno()):
                raise Refused(
                    "already-up",
                    f"another `ringwork up` runs on {self.root}",
                    "Use `ringwork apply`, or give this one a --state of its own.",
                    status=409,
                )
            yield

    def is_up(self) -> bool:
        """Whether a control plane runs on this state now."""
        if not self._lock.exists():
            return False
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def token(self) -> str:
        """The admin API's token, made at first use, readable by the owner only."""
        if not self.admin_token.exists():
            write_atomically(self.admin_token, secrets.token_urlsafe(32).encode(), mode=PRIVATE_FILE)
        return self.admin_token.read_text().strip()


def _locked(descriptor: int) -> bool:
    """Tries for a moment: whoever asks `is_up` holds the lock for an instant too."""
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE_SECONDS)
        else:
            return True
    return False

"""Passwords of accounts here, as Argon2id hashes (RFC 9106)."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ringwork.kernel.refusal import Refused

SHORTEST = 12
LONGEST = 256
# Each takes 64 MiB for a while.
_AT_ONCE = 2


class Passwords:
    """argon2-cffi's own parameters: RFC 9106's second recommendation, 64 MiB."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._room = BoundedSemaphore(_AT_ONCE)
        self._nobodys: str | None = None

    def hashed(self, password: str, *, name: str) -> str:
        """Raises Refused for one that is guessed soon."""
        if not SHORTEST <= len(password) <= LONGEST:
            help = f"Use {SHORTEST} to {LONGEST} characters; a few words in a row will do."
            raise Refused("password-unfit", "this password is too short, or too long", help, status=422)
        if name.casefold() in password.casefold() or len({*password}) < 5:
            help = "Do not use your name, or a few characters again and again."
            raise Refused("password-unfit", "this password is guessed soon", help, status=422)
        with self._room:
            return self._hasher.hash(password)

    def fits(self, stored: str | None, given: str) -> bool:
        """As slow where there is none: who asks does not learn which names there are."""
        with self._room:
            if self._nobodys is None:
                self._nobodys = self._hasher.hash("nobody's")
            try:
                self._hasher.verify(stored or self._nobodys, given[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

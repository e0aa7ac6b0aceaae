"""Refresh tokens at rest: AES-256-GCM with a key of their own, made of the state's; each opens in its session only."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag

from ringwork.control.sealing import derived_key, seal, unseal

_INFO = b"session: refresh token"


class Sealing:
    """`key` gives the 32 bytes secrets are sealed with."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def sealed(self, text: str, session: str) -> bytes:
        return seal(self._own_key(), text.encode(), of=session.encode())

    def opened(self, sealed: bytes, session: str) -> str | None:
        """None: it was sealed with another key, or for another session."""
        try:
            return unseal(self._own_key(), sealed, of=session.encode()).decode()
        except InvalidTag:
            return None

    def _own_key(self) -> bytes:
        return derived_key(self._key(), _INFO)

"""Refresh tokens at rest: AES-256-GCM with a key of their own, made of the state's; each opens in its session only."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringwork.control.secrets import derived_key

_NONCE_BYTES = 12
_INFO = b"session: refresh token"


class Sealing:
    """`key` gives the 32 bytes secrets are sealed with."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def sealed(self, text: str, session: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, text.encode(), session.encode())

    def opened(self, sealed: bytes, session: str) -> str | None:
        """None: it was sealed with another key, or for another session."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher().decrypt(nonce, text, session.encode()).decode()
        except InvalidTag:
            return None

    def _cipher(self) -> AESGCM:
        return AESGCM(derived_key(self._key(), _INFO))

"""What is kept and must not be read: AES-256-GCM with 32 bytes of key, each text bound to what it is of."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_DERIVED_KEY_BYTES = 32


def derived_key(key: bytes, info: bytes) -> bytes:
    """32 bytes that tell nothing of `key`, nor of what is derived for another `info` (RFC 5869)."""
    return HKDF(SHA256(), length=_DERIVED_KEY_BYTES, salt=None, info=b"ringwork " + info).derive(key)


def seal(key: bytes, data: bytes, *, of: bytes) -> bytes:
    """Opens with the same key as `of` the same thing, and as nothing else's."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, of)


def unseal(key: bytes, sealed: bytes, *, of: bytes) -> bytes:
    """Raises cryptography's InvalidTag: another key, or not `of` this."""
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], of)

"""The manifest's signature: a compact JWS (RFC 7515) with Ed25519 (RFC 8037). Made in `prove.sealing` alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MANIFEST_TYPE = "ringwork-manifest"
HEADER = b'{"alg":"EdDSA","typ":"ringwork-manifest"}'


def is_signed_by(jws: bytes, keys: Iterable[bytes]) -> bool:
    """Whether it is a manifest that one of these Ed25519 public keys, 32 bytes each, signed."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        message, signature = manifest_signature(jws)
    except ValueError:
        return False
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            return True
        except InvalidSignature:
            continue
    return False


def manifest_payload(jws: bytes) -> dict[str, Any]:
    """The manifest inside a JWS that this control plane wrote itself; the signature is the gateway's to check.

    Raises ValueError when it is none.
    """
    parts = jws.split(b".")
    if len(parts) != 3:
        raise ValueError("a signed manifest has three parts")
    payload = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    if not isinstance(payload, dict):
        raise ValueError("a manifest is a JSON object")
    return payload


@lru_cache(maxsize=2)
def shared_payload(jws: bytes) -> dict[str, Any]:
    """The same, for those who change nothing of it: one object for all of them, and for some time. A manifest of
    thousands of APIs takes tens of milliseconds to read, and a handful of readers follow each revision.
    """
    return manifest_payload(jws)


def manifest_signature(jws: bytes) -> tuple[bytes, bytes]:
    """What was signed, and the signature. Raises ValueError for anything but a manifest's JWS."""
    message, _, signature = jws.rpartition(b".")
    if message.partition(b".")[0] != encoded(HEADER):
        raise ValueError("not a signed manifest")
    return message, base64.urlsafe_b64decode(signature + b"=" * (-len(signature) % 4))


def encoded(data: bytes) -> bytes:
    """Base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")

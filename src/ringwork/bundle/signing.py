"""The manifest's signature: a compact JWS (RFC 7515) with Ed25519 (RFC 8037)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MANIFEST_TYPE = "ringwork-manifest"
_HEADER = b'{"alg":"EdDSA","typ":"ringwork-manifest"}'


def signed_manifest(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """`payload` signed; Ed25519 is deterministic, so equal manifests have equal bytes (law 9)."""
    signing_input = _encoded(_HEADER) + b"." + _encoded(payload)
    return signing_input + b"." + _encoded(key.sign(signing_input))


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


def manifest_signature(jws: bytes) -> tuple[bytes, bytes]:
    """What was signed, and the signature. Raises ValueError for anything but a manifest's JWS."""
    message, _, signature = jws.rpartition(b".")
    if message.partition(b".")[0] != _encoded(_HEADER):
        raise ValueError("not a signed manifest")
    return message, base64.urlsafe_b64decode(signature + b"=" * (-len(signature) % 4))


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")

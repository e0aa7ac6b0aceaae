"""The manifest's signature is the seal of a proof: what nothing proved cannot be signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ringwork.bundle.signing import HEADER, encoded

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MADE_HERE = object()


class Proof:
    """A manifest's payload that was proven. Made by provers of this package; nobody else has what it takes."""

    __slots__ = ("payload",)

    def __init__(self, payload: bytes, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            raise TypeError("a proof is what a prover gives")
        self.payload = payload


def proven(payload: bytes) -> Proof:
    """For provers: that `payload` is proven."""
    return Proof(payload, _MADE_HERE)


class Seal:
    """Signs what was proven, and nothing else. `key`: the signing key there is now."""

    def __init__(self, key: Callable[[], Ed25519PrivateKey]) -> None:
        self._key = key

    def sign(self, proof: Proof) -> bytes:
        """A compact JWS (RFC 7515) with Ed25519 (RFC 8037). Deterministic: equal manifests have equal bytes (law 9)."""
        signing_input = encoded(HEADER) + b"." + encoded(proof.payload)
        return signing_input + b"." + encoded(self._key().sign(signing_input))

"""Manifests of tests: signed without a proof, because there is no estate they could be proven against."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork.bundle.prove import Emitted, Proof, Seal, Trust
from ringwork.bundle.prove.sealing import proven


def believed(emitted: Emitted, _trust: Trust) -> Proof:
    return proven(emitted.manifest)


def signed_manifest(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """A compact JWS of `payload`, as a prover with this key would make it."""
    return Seal(lambda: key).sign(proven(payload))

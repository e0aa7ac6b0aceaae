"""Whether a signed manifest may be used: signed with a trusted key, for this node's rings, not older."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ringwork.bundle.signing import manifest_payload, manifest_signature
from ringwork.kernel.refusal import Refused


def verified_manifest(
    signed: bytes, *, trusted: Sequence[str], rings: Collection[str], revision: int, served: int
) -> dict[str, Any]:
    """The payload of a manifest that says it is `revision`. `trusted`: Ed25519 keys, hex. Raises Refused.

    `served`: the newest revision this node ever had; replaying an older one, rightly signed then, is refused.
    """
    if not any(_signed_with(signed, bytes.fromhex(key)) for key in trusted):
        raise _refused("signature_invalid", "the manifest is not signed with a trusted key")
    payload = manifest_payload(signed)
    if payload.get("revision") != revision:
        raise _refused("revision_mismatch", f"the manifest says revision {payload.get('revision')}")
    if revision < served:
        raise _refused("revision_fell", f"revision {revision} was sent, {served} was served before")
    foreign = set(payload.get("rings", {})) - set(rings)
    if foreign:
        raise _refused("ring_foreign", "the manifest has rings this gateway was not enrolled for")
    return payload


def _signed_with(signed: bytes, key: bytes) -> bool:
    try:
        message, signature = manifest_signature(signed)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _refused(code: str, message: str) -> Refused:
    return Refused(code, message, "Nothing of it was used. Apply the estate again on the control plane.")

"""Which proofs of identity a ring accepts. What is absent is refused."""

from __future__ import annotations

from typing import Any

from ringwork.bundle.compile.material import Material
from ringwork.intent.model import RingIntent


def authentication(ring: RingIntent, material: Material) -> dict[str, Any]:
    return {
        "mtls": {"trust_bundle_pem": material.svid_trust_bundle_pem} if ring.mtls else None,
        "service_token": _service_token(material) if ring.service_token else None,
        "api_key": ring.api_key,
    }


def _service_token(material: Material) -> dict[str, Any]:
    trust = material.service_tokens
    return {
        "issuer": trust.issuer,
        "audience": trust.audience,
        "jwks": trust.jwks,
        "max_lifetime_seconds": trust.max_lifetime_seconds,
    }

"""Which proofs of identity a ring accepts. What is absent is refused."""

from __future__ import annotations

from typing import Any

from ringwork.bundle.compile.material import Material
from ringwork.intent.model import RingIntent


def authentication(ring: RingIntent, material: Material) -> dict[str, Any]:
    return {
        "mtls": _mutual_tls(material) if ring.mtls else None,
        "service_token": _service_token(material) if ring.service_token else None,
        "api_key": ring.api_key,
    }


def renewed(authentication: dict[str, Any], material: Material) -> dict[str, Any]:
    """What was compiled before, with the keys there are now: the same proofs are accepted."""
    return authentication | {
        "mtls": _mutual_tls(material) if authentication["mtls"] else None,
        "service_token": _service_token(material) if authentication["service_token"] else None,
    }


def _mutual_tls(material: Material) -> dict[str, Any]:
    return {"trust_bundle_pem": material.svid_trust_bundle_pem}


def _service_token(material: Material) -> dict[str, Any]:
    trust = material.service_tokens
    return {
        "issuer": trust.issuer,
        "audience": trust.audience,
        "jwks": trust.jwks,
        "max_lifetime_seconds": trust.max_lifetime_seconds,
    }

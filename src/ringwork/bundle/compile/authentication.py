"""Which proofs of identity a ring accepts. What is absent is refused."""

from __future__ import annotations

from typing import Any

from ringwork.bundle.compile.issuers import access_tokens
from ringwork.bundle.compile.material import Material
from ringwork.intent.model import RingIntent


def authentication(ring: RingIntent, material: Material) -> dict[str, Any]:
    return {
        "mtls": _mutual_tls(material, _operators(ring, material)) if ring.mtls else None,
        "service_token": _service_token(material) if ring.service_token else None,
        "api_key": ring.api_key,
        **({"access_tokens": access_tokens(ring.issuers)} if ring.issuers else {}),
    }


def renewed(authentication: dict[str, Any], material: Material) -> dict[str, Any]:
    """What was compiled before, with the keys there are now: the same proofs are accepted."""
    mtls = authentication["mtls"]
    return authentication | {
        "mtls": _mutual_tls(material, _renewed(mtls.get("operators"), material)) if mtls else None,
        "service_token": _service_token(material) if authentication["service_token"] else None,
    }


def operator_bundle(authentication: dict[str, Any]) -> str | None:
    """The file of CAs that is trusted beside the embedded one; None: there is none."""
    operators = (authentication["mtls"] or {}).get("operators")
    return None if operators is None else str(operators["file"])


def _mutual_tls(material: Material, operators: dict[str, str] | None) -> dict[str, Any]:
    """`operators` is for the control plane, which takes the file over when it changes; gateways read the whole."""
    whole = material.svid_trust_bundle_pem + ("" if operators is None else operators["pem"])
    return {"trust_bundle_pem": whole} | ({} if operators is None else {"operators": operators})


def _operators(ring: RingIntent, material: Material) -> dict[str, str] | None:
    if ring.trust_bundle is None:
        return None
    return {"file": ring.trust_bundle, "pem": material.operator_bundles[ring.trust_bundle]}


def _renewed(operators: dict[str, str] | None, material: Material) -> dict[str, str] | None:
    """A file that cannot be used now leaves the certificates it had."""
    if operators is None:
        return None
    return operators | {"pem": material.operator_bundles.get(operators["file"], operators["pem"])}


def _service_token(material: Material) -> dict[str, Any]:
    trust = material.service_tokens
    return {
        "issuer": trust.issuer,
        "audience": trust.audience,
        "jwks": trust.jwks,
        "max_lifetime_seconds": trust.max_lifetime_seconds,
    }

"""Whom the internal ring of a manifest trusts: it follows the control plane's keys, not the estate."""

from __future__ import annotations

from typing import Any

from ringwork import __version__
from ringwork.bundle.compile import Material, ServiceTokenTrust
from ringwork.bundle.compile.authentication import renewed
from ringwork.control.authority import INTERNAL
from ringwork.control.control import Control
from ringwork.control.tokens import AUDIENCE, MAX_LIFETIME, token_issuer_name


def material(control: Control, trust_domain: str) -> Material:
    """Public halves of the keys there are now."""
    tokens = ServiceTokenTrust(
        issuer=token_issuer_name(trust_domain),
        audience=AUDIENCE,
        jwks=control.token_issuer().jwks(),
        max_lifetime_seconds=int(MAX_LIFETIME.total_seconds()),
    )
    bundle = control.authority(INTERNAL).trusted_pem.decode()
    return Material(control_version=__version__, svid_trust_bundle_pem=bundle, service_tokens=tokens)


def with_trust_of(trust: Material, manifest: dict[str, Any]) -> dict[str, Any]:
    """`manifest`, an earlier one, as it would be compiled with these keys."""
    rings = {
        name: ring | {"authentication": renewed(ring["authentication"], trust)}
        for name, ring in manifest["rings"].items()
    }
    return manifest | {"rings": rings}

"""Whom a manifest trusts on the internal ring: the keys and the operator's files there are, not the estate, say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork import __version__
from ringwork.bundle.compile import Material, ServiceTokenTrust
from ringwork.bundle.compile.authentication import operator_bundle, renewed
from ringwork.bundle.prove import Trust
from ringwork.control.authority import INTERNAL
from ringwork.control.control import Control
from ringwork.control.tokens import AUDIENCE, MAX_LIFETIME, token_issuer_name


def material(control: Control, trust_domain: str, operator_bundles: Mapping[str, str]) -> Material:
    """Public halves of the keys there are now, and the CAs that operators bring."""
    tokens = ServiceTokenTrust(
        issuer=token_issuer_name(trust_domain),
        audience=AUDIENCE,
        jwks=control.token_issuer().jwks(),
        max_lifetime_seconds=int(MAX_LIFETIME.total_seconds()),
    )
    bundle = control.authority(INTERNAL).trusted_pem.decode()
    return Material(
        control_version=__version__,
        svid_trust_bundle_pem=bundle,
        service_tokens=tokens,
        operator_bundles=operator_bundles,
    )


def provers_trust(material: Material) -> Trust:
    """The same in the prover's words."""
    tokens = material.service_tokens
    return Trust(
        svids_pem=material.svid_trust_bundle_pem,
        token_issuer=tokens.issuer,
        token_audience=tokens.audience,
        token_keys=tokens.jwks,
        token_lifetime_seconds=tokens.max_lifetime_seconds,
        operators=material.operator_bundles,
    )


def operator_bundles_of(manifest: dict[str, Any]) -> list[str]:
    """The files whose CAs are trusted too."""
    files = (operator_bundle(ring["authentication"]) for ring in manifest["rings"].values())
    return [file for file in files if file is not None]


def with_trust_of(trust: Material, manifest: dict[str, Any]) -> dict[str, Any]:
    """`manifest`, an earlier one, as it would be compiled with these keys."""
    rings = {
        name: ring | {"authentication": renewed(ring["authentication"], trust)}
        for name, ring in manifest["rings"].items()
    }
    return manifest | {"rings": rings}

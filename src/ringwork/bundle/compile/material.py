"""What a manifest holds that the estate does not say: trust of the embedded authority, who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# `wall::manifest::FORMAT`: the format of bundles, agreements and manifests this compiler writes.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class ServiceTokenTrust:
    """Which internal JWTs are believed: `jwks` is an RFC 7517 key set holding public keys only."""

    issuer: str
    audience: str
    jwks: dict[str, Any]
    max_lifetime_seconds: int


@dataclass(frozen=True, slots=True)
class Material:
    """Public halves of the control plane's keys. No secret ever enters a manifest.

    `operator_bundles`: file of CAs that an estate names → its certificates, PEM.
    """

    control_version: str
    svid_trust_bundle_pem: str
    service_tokens: ServiceTokenTrust
    operator_bundles: Mapping[str, str] = field(default_factory=dict)

"""One ring of a manifest: what it listens on, whom it trusts, what it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ringwork.bundle.compile.authentication import authentication
from ringwork.bundle.compile.bundles import CompiledApi
from ringwork.bundle.compile.limits import limit
from ringwork.bundle.compile.material import Material
from ringwork.bundle.compile.response_headers import response_headers
from ringwork.bundle.compile.routes import routes
from ringwork.bundle.compile.secrets import secrets
from ringwork.intent.model import RingIntent


def ring_manifest(
    ring: RingIntent, apis: Sequence[CompiledApi], *, agreements: str, material: Material
) -> dict[str, Any]:
    """`agreements`: content hash of the ring's agreements object."""
    needed = secrets(apis, ring.audience)
    return {
        **({"secrets": needed} if needed else {}),
        **_documentation(ring),
        "listeners": list(ring.listeners),
        "hosts": list(ring.hosts),
        "tls": _tls_files(ring),
        "authentication": authentication(ring, material),
        **({"client_certificates": "requested"} if ring.client_certificates else {}),
        "authenticate_first": ring.authenticate_first,
        "errors": ring.errors,
        "response_headers": response_headers(ring),
        "networks": list(ring.networks),
        "log_client_address": ring.log_client_address,
        "trace_context": ring.trace_context,
        "bounds": asdict(ring.bounds),
        "trusted_proxies": None if ring.trusted_proxies is None else asdict(ring.trusted_proxies),
        "default_limit": None if ring.default_limit is None else limit(ring.default_limit),
        "agreements": agreements,
        "routes": routes(apis, ring.audience),
    }


def _documentation(ring: RingIntent) -> dict[str, str]:
    """Where gateways say an error is explained; where it is served is no matter of theirs."""
    stated = ring.documentation
    return {} if stated is None or stated.url is None else {"documentation": stated.url}


def _tls_files(ring: RingIntent) -> dict[str, str]:
    if ring.tls is not None:
        return {"certificate_file": ring.tls.certificate_file, "key_file": ring.tls.key_file}
    issued = f"tls/{ring.audience.label}"
    return {"certificate_file": f"{issued}/cert.pem", "key_file": f"{issued}/key.pem"}

"""Intents built by hand: acme's orders, small enough to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringwork.audience import RING_DEFAULTS, RINGS, Audience
from ringwork.audience.defaults import OUTER_RESPONSE_HEADERS
from ringwork.bundle.compile import Material, ServiceTokenTrust
from ringwork.governance.snapshot import snapshot_of
from ringwork.intent.model import (
    ApiIntent,
    Intent,
    Limit,
    OperationIntent,
    PartnerIntent,
    PlanIntent,
    RingIntent,
    VersionIntent,
)
from ringwork.intent.upstream import UpstreamIntent
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.findings import Location
from ringwork.kernel.packed import pack
from tests.support.sealed import believed

HERE = Location("apis/orders/api.yaml")

MATERIAL = Material(
    control_version="0.0.0",
    svid_trust_bundle_pem="-----BEGIN CERTIFICATE-----\n",
    service_tokens=ServiceTokenTrust("https://ringwork.acme.test", "acme.test", {"keys": []}, 3600),
)


def operation(
    method: str, template: str, published: Audience = Audience.INTERNAL, **changes: Any
) -> OperationIntent:
    given: dict[str, Any] = {
        "id": f"{method} {template}",
        "method": method,
        "template": template,
        "published": published,
        "feature": None,
        "response_headers": (),
        "declared_at": Location("apis/orders/v1/openapi.yaml", 7, 5),
        "decided_at": Location("apis/orders/v1/openapi.yaml", 8, 7),
    }
    return OperationIntent(**given | changes)


def upstream(port: int = 9001) -> UpstreamIntent:
    return UpstreamIntent(False, "127.0.0.1", port, "", 1000, 30_000, HERE)


def version(name: str, operations: Sequence[OperationIntent], port: int = 9001) -> VersionIntent:
    bodies = {ring: RING_DEFAULTS[ring].max_body_bytes for ring in RINGS}
    open_to_all = dict.fromkeys(RINGS, pack(canonical_json(open_projection(operations))))
    return VersionIntent(
        name,
        Audience.PUBLIC,
        upstream(port),
        bodies,
        tuple(operations),
        HERE,
        projections=open_to_all,
    )


def open_projection(operations: Sequence[OperationIntent]) -> dict[str, Any]:
    """Whatever is answered is declared: for tests of everything else."""
    return {
        "format": 1,
        "nodes": [{"any": True}],
        "operations": {
            operation.id: {
                "opaque": True,
                "statuses": {
                    "default": {
                        "headers": sorted(operation.response_headers),
                        "content": {"*/*": {"json": 0}},
                    }
                },
            }
            for operation in operations
        },
    }


def api(name: str, prefix: str, *versions: VersionIntent, **changes: Any) -> ApiIntent:
    given: dict[str, Any] = {
        "name": name,
        "prefix": prefix,
        "hosts": {},
        "versioning": "none" if len(versions) == 1 else "path",
        "default_version": None,
        "feature": None,
        "versions": versions,
        "declared_at": HERE,
    }
    return ApiIntent(**given | changes)


def ring(audience: Audience, port: int, **changes: Any) -> RingIntent:
    defaults = RING_DEFAULTS[audience]
    per_minute = defaults.limit_per_minute
    given: dict[str, Any] = {
        "audience": audience,
        "listeners": (f"127.0.0.1:{port}",),
        "hosts": ("localhost", f"{audience.label}.acme.test"),
        "tls": None,
        "mtls": defaults.mtls,
        "service_token": defaults.service_token,
        "api_key": defaults.api_key,
        "authenticate_first": defaults.authenticate_first,
        "errors": defaults.errors,
        "response_header_mode": "only" if audience.is_outer else "all_but",
        "response_header_names": OUTER_RESPONSE_HEADERS if audience.is_outer else (),
        "networks": defaults.networks,
        "log_client_address": defaults.log_client_address,
        "default_limit": None if per_minute is None else Limit(per_minute, per_minute),
        "declared_at": Location("ringwork.yaml", 5 + audience, 3),
    }
    return RingIntent(**given | changes)


def orders() -> ApiIntent:
    return api(
        "orders",
        "/orders",
        version(
            "v1",
            [
                operation("GET", "/orders/{id}", Audience.PUBLIC),
                operation("GET", "/orders/export"),
                operation("POST", "/orders", Audience.PARTNER),
                operation("DELETE", "/orders/{id}"),
            ],
        ),
    )


def estate(*apis: ApiIntent, ports: Sequence[int] = (8441, 8442, 8443), **changes: Any) -> Intent:
    given: dict[str, Any] = {
        "organization": "Acme",
        "environment": "dev",
        "trust_domain": "acme.test",
        "rings": tuple(ring(audience, port) for audience, port in zip(RINGS, ports, strict=True)),
        "apis": apis or (orders(),),
        "plans": (PlanIntent("free", Limit(60, 10), Location("plans/free.yaml")),),
        "partners": (
            PartnerIntent("globex", Limit(600, 900, 10_000), (), None, (), Location("partners/globex.yaml")),
        ),
    }
    return Intent(**given | changes)


def kept(intent: Intent) -> dict[str, Any]:
    """What a rollout keeps beside an intent, as governance gives it. An intent without an estate is believed."""
    exposed = snapshot_of(intent)
    return {"snapshot": exposed.as_dict(), "parts": exposed.parts, "prove": believed}

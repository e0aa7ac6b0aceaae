"""Intents as governance would build them: the public ring, one plan, and the API that is called."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.harness.certificate import Certificate
from benchmarks.harness.traffic import ENVIRONMENT
from ringwork.audience import RING_DEFAULTS, Audience
from ringwork.audience.defaults import OUTER_RESPONSE_HEADERS
from ringwork.intent.issuer import IssuerIntent
from ringwork.intent.model import (
    ApiIntent,
    CacheIntent,
    Intent,
    Limit,
    ObservabilityIntent,
    OperationIntent,
    PlanIntent,
    RingIntent,
    SharedLimitsIntent,
    TlsIntent,
    VersionIntent,
    VersionShape,
)
from ringwork.intent.upstream import UpstreamIntent
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.findings import Location
from ringwork.kernel.packed import pack

PREFIX = "/bench"
PLAN = "bench"
# High enough that nobody is refused: what is measured is the decision, and its answer is yes.
LIMIT = Limit(per_minute=1_000_000, burst=1_000)
CACHE_BYTES = 64 * 1024 * 1024

_NOWHERE = Location("benchmarks/harness/intents.py", 1, 1)


def intent(
    port: int,
    certificate: Certificate,
    apis: tuple[ApiIntent, ...],
    observability: ObservabilityIntent,
    issuers: tuple[IssuerIntent, ...] = (),
    shared_limits: SharedLimitsIntent | None = None,
) -> Intent:
    return Intent(
        organization="bench",
        environment=ENVIRONMENT,
        trust_domain="bench.test",
        rings=(_public_ring(port, certificate, issuers),),
        apis=apis,
        plans=(PlanIntent(PLAN, LIMIT, _NOWHERE),),
        observability=observability,
        cache_bytes=CACHE_BYTES,
        shared_limits=shared_limits,
    )


def api(upstream_port: int, shape: VersionShape, cache: CacheIntent | None = None) -> ApiIntent:
    """What is called, at PREFIX."""
    version = VersionIntent(
        name="v1",
        audience=Audience.PUBLIC,
        upstream=UpstreamIntent(False, "127.0.0.1", upstream_port, "", 1_000, 10_000, _NOWHERE),
        max_body_bytes={ring: default.max_body_bytes for ring, default in RING_DEFAULTS.items()},
        operations=shape.operations,
        declared_at=_NOWHERE,
        cache=cache,
        projections=shape.projections,
        validations=shape.validations,
    )
    return ApiIntent("bench", PREFIX, {}, "none", None, None, (version,), _NOWHERE)


def opaque_shape(templates: Sequence[str], hidden: Sequence[str] = ()) -> VersionShape:
    """A GET for each path template, `hidden` ones not for outer rings. Bodies leave as they come (`x-opaque`)."""
    visible = tuple(_operation(template, Audience.PUBLIC) for template in templates)
    operations = visible + tuple(_operation(template, Audience.INTERNAL) for template in hidden)
    return VersionShape(operations, {Audience.PUBLIC: pack(canonical_json(_opaque(visible)))})


def _operation(template: str, published: Audience) -> OperationIntent:
    return OperationIntent(f"GET {template}", "GET", template, published, None, (), _NOWHERE, None)


def _opaque(operations: Sequence[OperationIntent]) -> dict[str, object]:
    response = {"opaque": True, "statuses": {"default": {"content": {"*/*": "opaque"}}}}
    return {
        "format": 1,
        "nodes": [],
        "operations": {operation.id: response for operation in operations},
    }


def _public_ring(port: int, certificate: Certificate, issuers: tuple[IssuerIntent, ...]) -> RingIntent:
    """The public ring as the estate's defaults make it."""
    default = RING_DEFAULTS[Audience.PUBLIC]
    return RingIntent(
        audience=Audience.PUBLIC,
        listeners=(f"127.0.0.1:{port}",),
        hosts=("localhost",),
        tls=TlsIntent(str(certificate.certificate), str(certificate.key)),
        mtls=default.mtls,
        service_token=default.service_token,
        api_key=default.api_key,
        authenticate_first=default.authenticate_first,
        errors=default.errors,
        response_header_mode="only",
        response_header_names=OUTER_RESPONSE_HEADERS,
        networks=default.networks,
        log_client_address=default.log_client_address,
        trace_context=default.trace_context,
        default_limit=LIMIT,
        declared_at=_NOWHERE,
        issuers=issuers,
    )

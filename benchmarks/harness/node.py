"""A node directory as the control plane would write it: one API, one plan, 100,000 keys, the public ring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.harness.certificate import Certificate
from benchmarks.harness.traffic import ENVIRONMENT, Traffic
from ringwork._native import IdentityWriter
from ringwork.audience import RING_DEFAULTS, Audience
from ringwork.audience.defaults import OUTER_RESPONSE_HEADERS
from ringwork.bundle.compile.compiler import compile_intent
from ringwork.bundle.compile.material import Material, ServiceTokenTrust
from ringwork.bundle.prove import Seal
from ringwork.bundle.prove.sealing import proven
from ringwork.bundle.publish import Pointer, Publication
from ringwork.control.changes import key_put
from ringwork.control.model import Credential
from ringwork.intent.model import (
    ApiIntent,
    CacheIntent,
    Intent,
    Limit,
    ObservabilityIntent,
    OperationIntent,
    PlanIntent,
    RingIntent,
    TlsIntent,
    VersionIntent,
)
from ringwork.intent.upstream import UpstreamIntent
from ringwork.kernel.findings import Location

PREFIX = "/bench"
PLAN = "bench"
# High enough that nobody is refused: what is measured is the decision, and its answer is yes.
LIMIT = Limit(per_minute=1_000_000, burst=1_000)
CACHE_BYTES = 64 * 1024 * 1024
_BATCH = 10_000

_UNOBSERVED = ObservabilityIntent()
_NOWHERE = Location("benchmarks/harness/node.py", 1, 1)
_NOTHING_INTERNAL = Material(
    control_version="bench",
    svid_trust_bundle_pem="",
    service_tokens=ServiceTokenTrust("bench", "bench", {"keys": []}, 1),
)


def write_node(
    directory: Path,
    *,
    port: int,
    upstream_port: int,
    certificate: Certificate,
    traffic: Traffic,
    hidden: tuple[str, ...] = (),
    others: tuple[ApiIntent, ...] = (),
    observability: ObservabilityIntent = _UNOBSERVED,
    cache: CacheIntent | None = None,
) -> None:
    """Everything a gateway needs to serve `traffic` on the public ring at `port`.

    `hidden` are path templates that exist, but not for this ring; `others` are APIs beside the one that is called,
    of which `cache` says how its responses are kept.
    """
    key = Ed25519PrivateKey.generate()
    now = datetime.now(UTC)
    compiled = compile_intent(
        _intent(port, certificate, (_api(upstream_port, traffic, hidden, cache), *others), observability),
        revision=1,
        created_at=now,
        material=_NOTHING_INTERNAL,
    )
    trust = directory / "trust"
    trust.mkdir(parents=True)
    (trust / "manifest.pub").write_text(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex())
    publication = Publication(directory / "published")
    name = publication.write(compiled.objects, Seal(lambda: key).sign(proven(compiled.manifest)))
    publication.point_to(Pointer(1, name))
    _write_keys(directory / "identity", traffic, now)


def _write_keys(directory: Path, traffic: Traffic, now: datetime) -> None:
    """In batches, as the control plane does."""
    writer, texts = IdentityWriter(str(directory)), list(traffic.keys.items())
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        changes = [key_put(_credential(key_id, text, now)).change for key_id, text in batch]
        writer.apply(changes, start + len(changes))


def _credential(key_id: str, text: str, now: datetime) -> Credential:
    return Credential(
        id=key_id,
        sha256=sha256(text.encode()).hexdigest(),
        environment=ENVIRONMENT,
        ring=Audience.PUBLIC.label,
        consumer=f"consumer-{key_id}",
        application="default",
        created_at=now,
        plan=PLAN,
        partner=None,
        expires_at=now + timedelta(days=1),
    )


def _intent(
    port: int, certificate: Certificate, apis: tuple[ApiIntent, ...], observability: ObservabilityIntent
) -> Intent:
    return Intent(
        organization="bench",
        environment=ENVIRONMENT,
        trust_domain="bench.test",
        rings=(_public_ring(port, certificate),),
        apis=apis,
        plans=(PlanIntent(PLAN, LIMIT, _NOWHERE),),
        observability=observability,
        cache_bytes=CACHE_BYTES,
    )


def _public_ring(port: int, certificate: Certificate) -> RingIntent:
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
    )


def _api(
    upstream_port: int, traffic: Traffic, hidden: tuple[str, ...], cache: CacheIntent | None
) -> ApiIntent:
    visible = tuple(_operation(template, Audience.PUBLIC) for template in traffic.templates)
    version = VersionIntent(
        name="v1",
        audience=Audience.PUBLIC,
        upstream=UpstreamIntent(False, "127.0.0.1", upstream_port, "", 1_000, 10_000, _NOWHERE),
        max_body_bytes={ring: default.max_body_bytes for ring, default in RING_DEFAULTS.items()},
        operations=visible + tuple(_operation(template, Audience.INTERNAL) for template in hidden),
        declared_at=_NOWHERE,
        cache=cache,
    )
    return ApiIntent("bench", PREFIX, {}, "none", None, None, (version,), _NOWHERE)


def _operation(template: str, published: Audience) -> OperationIntent:
    return OperationIntent(f"GET {template}", "GET", template, published, None, (), _NOWHERE, None)

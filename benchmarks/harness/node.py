"""A node directory as the control plane would write it: APIs on the public ring, one plan, keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.harness import intents
from benchmarks.harness.certificate import Certificate
from benchmarks.harness.traffic import ENVIRONMENT, Traffic
from ringwork._native import IdentityWriter
from ringwork.audience import Audience
from ringwork.bundle.compile.compiler import compile_intent
from ringwork.bundle.compile.material import Material, ServiceTokenTrust
from ringwork.bundle.prove import Seal
from ringwork.bundle.prove.sealing import proven
from ringwork.bundle.publish import Pointer, Publication
from ringwork.control.changes import key_put
from ringwork.control.model import Credential
from ringwork.intent.issuer import IssuerIntent
from ringwork.intent.model import ApiIntent, CacheIntent, ObservabilityIntent, SharedLimitsIntent

_UNOBSERVED = ObservabilityIntent()
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
    issuers: tuple[IssuerIntent, ...] = (),
    shared_limits: SharedLimitsIntent | None = None,
) -> None:
    """Everything a gateway needs to serve `traffic` on the public ring at `port`, bodies as they come.

    `hidden` are path templates that exist, but not for this ring; `others` are APIs beside the one that is called,
    of which `cache` says how its responses are kept; `issuers` those whose tokens the ring accepts.
    """
    called = intents.api(upstream_port, intents.opaque_shape(traffic.templates, hidden), cache)
    write_apis(
        directory,
        port=port,
        certificate=certificate,
        keys=traffic.keys,
        apis=(called, *others),
        observability=observability,
        issuers=issuers,
        shared_limits=shared_limits,
    )


def write_apis(
    directory: Path,
    *,
    port: int,
    certificate: Certificate,
    keys: Mapping[str, str],
    apis: tuple[ApiIntent, ...],
    observability: ObservabilityIntent = _UNOBSERVED,
    issuers: tuple[IssuerIntent, ...] = (),
    shared_limits: SharedLimitsIntent | None = None,
) -> None:
    """Everything a gateway needs to serve `apis` on the public ring at `port` to `keys` (id → whole key)."""
    key = Ed25519PrivateKey.generate()
    now = datetime.now(UTC)
    compiled = compile_intent(
        intents.intent(port, certificate, apis, observability, issuers, shared_limits),
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
    _write_keys(directory / "identity", keys, now)


def _write_keys(directory: Path, keys: Mapping[str, str], now: datetime) -> None:
    """As the control plane gives them to a new node: all in one piece, by id."""
    puts = (key_put(_credential(key_id, text, now)).change for key_id, text in sorted(keys.items()))
    IdentityWriter(str(directory)).fill(map(json.dumps, puts), len(keys))


def _credential(key_id: str, text: str, now: datetime) -> Credential:
    return Credential(
        id=key_id,
        sha256=sha256(text.encode()).hexdigest(),
        environment=ENVIRONMENT,
        ring=Audience.PUBLIC.label,
        consumer=f"consumer-{key_id}",
        application="default",
        created_at=now,
        plan=intents.PLAN,
        partner=None,
        expires_at=now + timedelta(days=1),
    )

"""What `api.yaml` says of tunnels becomes the operations' own, or a located finding."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringwork.audience import RINGS, Audience
from ringwork.bundle.compile import compile_intent
from ringwork.bundle.compile.bundles import compile_api
from ringwork.governance.assess import assess
from ringwork.governance.snapshot import snapshot_of
from ringwork.intent.model import ApiIntent
from ringwork.kernel.findings import Finding
from tests.rooms.manifest.estates import api, write_estate
from tests.support.intents import MATERIAL


def assessed(root: Path, upstream: str = "http://127.0.0.1:9001", **keys: str) -> tuple[Any, list[Finding]]:
    assessment = assess(write_estate(root, {"apis/orders/api.yaml": api(upstream, **keys)}))
    return assessment.intent, list(assessment.findings)


def operations(intent: ApiIntent, ring: Audience) -> dict[str, Any]:
    """By id, as the ring's bundle has them."""
    compiled, objects = compile_api(intent)
    bundle = json.loads(objects[compiled.versions[ring]["v1"]])
    return {one["id"]: one for item in bundle["paths"] for one in item["operations"].values()}


def test_only_operations_that_are_named_become_tunnels(tmp_path: Path) -> None:
    intent, findings = assessed(tmp_path, websocket="{operations: [getOrder], idle: 30s, lifetime: 10m}")
    assert findings == []
    for ring in RINGS:
        for name, operation in operations(intent.apis[0], ring).items():
            bounds = {"idle_ms": 30_000, "lifetime_ms": 600_000} if name == "getOrder" else None
            assert operation.get("websocket") == bounds


def test_a_tunnel_is_no_grant(tmp_path: Path) -> None:
    intent, _ = assessed(tmp_path, websocket="{operations: [getOrder]}")
    assert "getOrder" not in operations(intent.apis[0], Audience.PUBLIC)
    assert "getOrder" in operations(intent.apis[0], Audience.PARTNER)


def test_a_plan_shows_which_operations_become_tunnels(tmp_path: Path) -> None:
    before, _ = assessed(tmp_path / "before")
    after, _ = assessed(tmp_path / "after", websocket="{operations: [getOrder]}")
    assert "websocket" not in snapshot_of(before).apis["orders"].settings
    assert "getOrder" in str(snapshot_of(after).apis["orders"].settings["websocket"])


@pytest.mark.parametrize(
    ("name", "message"),
    [("getOrders", 'no version has an operation "getOrders"'), ("deleteOrders", '"deleteOrders" is no GET')],
)
def test_a_tunnel_that_leads_nowhere_is_found_where_it_is_named(
    tmp_path: Path, name: str, message: str
) -> None:
    _, findings = assessed(tmp_path, websocket=f"{{operations: [getOrder, {name}]}}")
    (finding,) = (finding for finding in findings if finding.code == "websocket-operation")
    assert (finding.message, finding.api) == (message, "orders")
    assert str(finding.location).startswith("apis/orders/api.yaml:")


def test_a_service_of_http2_alone_opens_no_tunnel(tmp_path: Path) -> None:
    upstream = "{url: http://127.0.0.1:9001, protocol: http2}"
    _, findings = assessed(tmp_path, upstream, websocket="{operations: [getOrder]}")
    assert [finding.code for finding in findings] == ["websocket-over-http2"]


def bundle(intent: ApiIntent, ring: Audience) -> dict[str, Any]:
    compiled, objects = compile_api(intent)
    content: dict[str, Any] = json.loads(objects[compiled.versions[ring]["v1"]])
    return content


def test_pages_of_other_origins_are_named_on_the_public_ring_alone(tmp_path: Path) -> None:
    cors = "{origins: [https://app.example], headers: [X-Tenant], expose: [X-Total-Count], max_age: 1m}"
    intent, findings = assessed(tmp_path, cors=cors)
    assert findings == []
    assert bundle(intent.apis[0], Audience.PUBLIC)["cors"] == {
        "origins": ["https://app.example"],
        "headers": ["api-version", "authorization", "content-type", "x-api-key", "x-tenant"],
        "expose": ["x-total-count"],
        "credentials": False,
        "max_age_seconds": 60,
    }
    for ring in (Audience.INTERNAL, Audience.PARTNER):
        assert "cors" not in bundle(intent.apis[0], ring)


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("cors-not-public", {"audience": "partner", "cors": "{origins: [https://app.example]}"}),
        ("cors-any-origin", {"cors": "{origins: ['*'], credentials: true}"}),
        ("cors-any-origin", {"cors": "{origins: [https://app.example, '*']}"}),
        ("invalid-value", {"cors": "{origins: [https://app.example/]}"}),
        ("invalid-value", {"cors": "{origins: [app.example]}"}),
        ("invalid-value", {"cors": "{origins: [https://App.example]}"}),
        ("cache-operation", {"cache": "{operations: [getOrder, getOrders]}"}),
        ("cache-operation", {"cache": "{operations: [deleteOrders]}"}),
        ("cache-object-too-large", {"cache": "{max_object_bytes: 8388609}"}),
        ("invalid-value", {"cache": "{ttl: 1h}"}),
    ],
)
def test_what_cannot_be_kept_is_found(tmp_path: Path, code: str, keys: dict[str, str]) -> None:
    _, findings = assessed(tmp_path, **keys)
    found = [finding for finding in findings if finding.code == code]
    assert found, findings
    assert all(str(finding.location).startswith("apis/orders/api.yaml:") for finding in found)


def test_each_ring_compresses_as_it_says_and_no_other(tmp_path: Path) -> None:
    intent, findings = assessed(tmp_path, policies="{public: {compression: [br, gzip]}}")
    assert findings == []
    assert bundle(intent.apis[0], Audience.PUBLIC)["compression"] == {"codings": ["br", "gzip"]}
    for ring in (Audience.INTERNAL, Audience.PARTNER):
        assert "compression" not in bundle(intent.apis[0], ring)
    assert snapshot_of(intent).apis["orders"].settings["compression"] == {"public": ["br", "gzip"]}


def test_what_is_kept_stands_at_each_operation_that_is_read(tmp_path: Path) -> None:
    stated = "{ttl: 30s, shared: true, vary: [Accept-Language], stale_if_error: 5m}"
    intent, findings = assessed(tmp_path, cache=stated)
    assert findings == []
    for name, operation in operations(intent.apis[0], Audience.INTERNAL).items():
        kept = {
            "ttl_ms": 30_000,
            "shared": True,
            "vary": ["accept-language"],
            "stale_if_error_ms": 300_000,
            "max_object_bytes": 1_048_576,
        }
        assert operation.get("cache") == (None if name == "deleteOrders" else kept)
    assert snapshot_of(intent).apis["orders"].settings["cache"]["shared"] is True


def test_only_operations_that_are_named_are_kept(tmp_path: Path) -> None:
    intent, _ = assessed(tmp_path, cache="{operations: [getOrder]}")
    kept = {name for name, one in operations(intent.apis[0], Audience.PARTNER).items() if "cache" in one}
    assert kept == {"getOrder"}
    assert "ttl_ms" not in operations(intent.apis[0], Audience.PARTNER)["getOrder"]["cache"]


def manifest(intent: Any) -> dict[str, Any]:
    compiled = compile_intent(intent, revision=1, created_at=datetime.now(UTC), material=MATERIAL)
    written: dict[str, Any] = json.loads(compiled.manifest)
    return written


def test_gateways_are_told_of_their_memory_where_something_is_kept(tmp_path: Path) -> None:
    said, unsaid = assessed(tmp_path / "said", cache="{ttl: 1s}")[0], assessed(tmp_path / "unsaid")[0]
    assert manifest(said)["cache"] == {"max_bytes": 67_108_864}
    assert "cache" not in manifest(unsaid)

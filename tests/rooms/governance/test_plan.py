"""What a change would change, widest consequence first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.api.applied import SettingChange
from ringwork.audience import RINGS
from ringwork.governance.assess import assess
from ringwork.governance.plan import Plan, plan
from ringwork.governance.snapshot import ExposureSnapshot
from tests.rooms.manifest.estates import API, DOCUMENT, ORGANIZATION, PARTNER, write_estate

INTERNAL, PARTNER_RING, PUBLIC = RINGS


def snapshot(root: Path, changes: dict[str, str | bytes | None] | None = None) -> ExposureSnapshot:
    found = assess(write_estate(root, changes)).snapshot
    assert found is not None
    return found


def changed(tmp_path: Path, changes: dict[str, str | bytes | None]) -> Plan:
    """The plan from the sound estate to the changed one."""
    return plan(snapshot(tmp_path / "before"), snapshot(tmp_path / "after", changes))


def rows(found: Plan) -> list[tuple[str, str, str]]:
    return [
        (change.ring.label, "+" if change.appears else "-", change.operation.id)
        for change in found.operations
    ]


def test_nothing_changed_is_nothing_to_do(tmp_path: Path) -> None:
    found = changed(tmp_path, {})
    assert found.is_empty
    assert found.exit_code == 0


def test_first_plan_shows_every_operation_in_every_ring_that_sees_it(tmp_path: Path) -> None:
    found = plan(None, snapshot(tmp_path))
    assert found.is_first
    assert rows(found) == [
        ("public", "+", "listOrders"),
        ("partner", "+", "listOrders"),
        ("partner", "+", "getOrder"),
        ("internal", "+", "deleteOrders"),
        ("internal", "+", "listOrders"),
        ("internal", "+", "getOrder"),
    ]
    [reach] = found.reach
    assert (reach.operations, dict(reach.per_ring)) == (3, {INTERNAL: 3, PARTNER_RING: 2, PUBLIC: 1})


def test_widened_label_shows_the_rings_that_gain_and_where_it_is_written(tmp_path: Path) -> None:
    document = DOCUMENT.replace(
        "operationId: deleteOrders", "operationId: deleteOrders\n      x-audience: public"
    )
    found = changed(tmp_path, {"apis/orders/openapi.yaml": document})
    assert rows(found) == [("public", "+", "deleteOrders"), ("partner", "+", "deleteOrders")]
    assert {change.because for change in found.operations} == {"apis/orders/openapi.yaml:11:19"}


def test_narrowed_label_shows_the_rings_that_lose(tmp_path: Path) -> None:
    found = changed(
        tmp_path, {"apis/orders/openapi.yaml": DOCUMENT.replace("x-audience: public", "x-audience: partner")}
    )
    assert rows(found) == [("public", "-", "listOrders")]


def test_what_operators_are_told_is_part_of_the_plan(tmp_path: Path) -> None:
    observed = """observability:
  metrics: {listen: "127.0.0.1:9464"}
  traces: {sample: 0.25, otlp: {endpoint: "https://otel.acme.example", headers: {authorization: secret://otlp}}}
  logs: {otlp: "http://127.0.0.1:4318"}
"""
    text = ORGANIZATION.rstrip() + "\n" + observed
    found = changed(tmp_path, {"ringwork.yaml": text})
    assert [(change.kind, change.name, change.change) for change in found.settings] == [
        ("observability", "logs", "added"),
        ("observability", "metrics", "added"),
        ("observability", "traces", "added"),
    ]
    logs, metrics, traces = found.settings
    assert logs.values["otlp"] == (None, "http://127.0.0.1:4318/v1/logs")
    assert metrics.values["listen"] == (None, "127.0.0.1:9464")
    assert traces.values["sample_per_million"] == (None, 250_000)
    assert traces.values["headers"] == (None, {"authorization": "secret://otlp"})


def test_where_limits_are_shared_is_part_of_the_plan(tmp_path: Path) -> None:
    shared = "shared_limits: {url: 'rediss://limits.acme.example', gateways: 3, password: 'secret://limits'}"
    [change] = changed(tmp_path, {"ringwork.yaml": f"{ORGANIZATION.rstrip()}\n{shared}\n"}).settings
    assert (change.kind, change.name, change.change) == ("limits", "shared", "added")
    told = {key: after for key, (_, after) in change.values.items()}
    assert (told["host"], told["gateways"]) == ("limits.acme.example", 3)
    assert told["password"] == "secret://limits"


def test_a_write_that_comes_on_record_or_leaves_it_is_part_of_the_plan(tmp_path: Path) -> None:
    item = "  /orders/{id}:\n"
    delete = item + "    delete: {operationId: deleteOrder%s, responses: {'200': {description: ok}}}\n"
    before, after = (
        snapshot(tmp_path / name, {"apis/orders/openapi.yaml": DOCUMENT.replace(item, delete % said)})
        for name, said in (("off", ""), ("on", ", x-record: {type: order, id: path.id}"))
    )
    recorded = {"v1": {"deleteOrder": "order path.id"}}
    for old, new, values in ((before, after, (None, recorded)), (after, before, (recorded, None))):
        [change] = plan(old, new).settings
        assert (change.kind, change.name, change.values) == ("api", "orders", {"records": values})


def test_a_ring_that_believes_its_callers_traces_is_a_change_of_the_ring(tmp_path: Path) -> None:
    text = ORGANIZATION.replace("public: {", "public: {trace_context: accept, ")
    assert text != ORGANIZATION
    [ring] = changed(tmp_path, {"ringwork.yaml": text}).settings
    assert (ring.kind, ring.name, ring.values) == ("ring", "public", {"trace_context": ("restart", "accept")})


def test_ring_that_ceases_to_listen_loses_everything(tmp_path: Path) -> None:
    text = "".join(line for line in ORGANIZATION.splitlines(keepends=True) if "public" not in line)
    found = changed(tmp_path, {"ringwork.yaml": text})
    assert rows(found) == [("public", "-", "listOrders")]
    assert ("ring", "public", "removed") in [
        (change.kind, change.name, change.change) for change in found.settings
    ]


def test_changed_limits_of_a_partner_are_shown_before_and_after(tmp_path: Path) -> None:
    found = changed(tmp_path, {"partners/globex.yaml": PARTNER.replace("600", "1200")})
    [change] = found.settings
    assert (change.kind, change.name, change.change) == ("partner", "globex", "changed")
    assert dict(change.values) == {"burst": (900, 1800), "per_minute": (600, 1200)}


def test_moved_upstream_is_shown(tmp_path: Path) -> None:
    found = changed(tmp_path, {"apis/orders/api.yaml": API.replace("9001", "9009")})
    [change] = found.settings
    assert dict(change.values) == {
        "upstreams": ({"v1": "http://127.0.0.1:9001"}, {"v1": "http://127.0.0.1:9009"})
    }


def test_errors_make_the_exit_code_two(tmp_path: Path) -> None:
    assessment = assess(write_estate(tmp_path, {"apis/broken/api.yaml": "title: ["}))
    found = plan(None, assessment.snapshot, assessment.findings, assessment.dropped)
    assert found.exit_code == 2
    assert found.dropped == ("broken",)
    assert not found.blocked


def test_blocked_estate_changes_nothing(tmp_path: Path) -> None:
    found = plan(snapshot(tmp_path), None)
    assert found.blocked
    assert found.is_empty


def test_snapshot_reads_back_as_it_was_written(tmp_path: Path) -> None:
    taken = snapshot(tmp_path)
    read = ExposureSnapshot.from_dict(json.loads(json.dumps(taken.as_dict())), taken.parts.__getitem__)
    assert read == taken
    assert read.intent == taken.intent


def test_a_part_of_a_snapshot_with_other_content_is_refused(tmp_path: Path) -> None:
    taken = snapshot(tmp_path)
    read = ExposureSnapshot.from_dict(taken.as_dict(), lambda sha256: b"{}")
    with pytest.raises(ValueError, match="other content"):
        _ = read.intent


@pytest.mark.parametrize(
    "data", [{}, {"format": 2}, {"format": 1, "operations": [{}], "rings": [], "settings": []}]
)
def test_what_is_no_snapshot_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        ExposureSnapshot.from_dict(data, lambda sha256: b"")


def test_what_a_setting_was_and_is_leaves_through_the_admin_api(tmp_path: Path) -> None:
    """Its answers are JSON, and a tuple is none."""
    said = (
        API
        + "cors: {origins: [https://app.example], expose: [x-total]}\ncache: {operations: [listOrders], ttl: 1s}\n"
    )
    found = changed(tmp_path, {"apis/orders/api.yaml": said})
    (row,) = (one.as_dict() for one in found.settings)
    assert SettingChange.model_validate(row).values["cors"].after is not None

"""`ringwork partner show`: what it says of a partner is what the gateway does, and where it is written is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.test_key import status
from tests.support.estates import OPEN
from tests.support.running import Ringwork, eventually

FEATURED = """\
openapi: 3.1.0
info: { title: Stock, version: 1.0.0 }
paths:
  /items:
    get: { x-audience: public, operationId: listItems, responses: { '200': OPEN } }
  /bulk:
    get: { x-audience: partner, x-feature: bulk, operationId: bulkItems, responses: { '200': OPEN } }
  /secret:
    get: { operationId: secretItems, responses: { '200': OPEN } }
""".replace("OPEN", OPEN)
GLOBEX = """\
title: Globex
limits: { per_minute: 600, per_day: 10000 }
features: [bulk]
versions:
  stock: [v1]
networks: [127.0.0.0/8]
sla: { tier: premium }
webhooks: { endpoints: [{ url: "https://globex.example/hook", events: [order] }] }
"""
INITECH = "title: Initech\n"
UMBRELLA = "title: Umbrella\nlimits: { per_minute: 50 }\n"
STAGING = """\
partners:
  umbrella: { limits: { per_minute: 5 } }
"""


@pytest.fixture
def agreed(estate: Path) -> Path:
    ringwork = estate / "ringwork.yaml"
    limits = "limits: { per_minute: 30, per_day: 40, burst_factor: 2 }"
    partner = 'partner: { listen: ["127.0.0.1:8442"],'
    ringwork.write_text(ringwork.read_text().replace(partner, f"{partner} {limits},"))
    (estate / "apis/stock/v1.yaml").write_text(FEATURED)
    for name, text in (("globex", GLOBEX), ("initech", INITECH), ("umbrella", UMBRELLA)):
        (estate / f"partners/{name}.yaml").write_text(text)
    (estate / "environments").mkdir()
    (estate / "environments/test.yaml").write_text(STAGING)
    return estate


def values(shown: Any) -> dict[str, tuple[Any, str, str | None]]:
    return {row["key"]: (row["value"], row["source"], row["at"]) for row in shown["values"]}


def test_every_value_is_told_with_where_it_is_written(ringwork: Ringwork, agreed: Path) -> None:
    ringwork.up(agreed)
    globex = values(ringwork.json("partner", "show", "globex"))
    assert globex["limits.per_minute"] == (600, "partner", "partners/globex.yaml:2:11")
    assert globex["limits.burst"][:2] == (1200, "ring")
    assert globex["features"] == (["bulk"], "partner", "partners/globex.yaml:3:1")
    assert globex["versions"][:2] == ({"stock": ["v1"]}, "partner")
    initech = values(ringwork.json("partner", "show", "initech"))
    assert initech["limits.per_minute"][:2] == (30, "ring")
    assert initech["limits.per_day"][:2] == (40, "ring")
    assert initech["versions"] == (None, "default", None)
    umbrella = values(ringwork.json("partner", "show", "umbrella"))
    assert umbrella["limits.per_minute"][:2] == (5, "environment")
    assert str(umbrella["limits.per_minute"][2]).startswith("environments/test.yaml:2:")
    assert umbrella["limits.per_day"] == (None, "default", None)
    for rows in (globex, initech, umbrella):
        for _, _, at in rows.values():
            file, line, _ = (at or "ringwork.yaml:1:1").split(":")
            assert len((agreed / file).read_text().splitlines()) >= int(line)


def test_what_it_sees_is_what_the_gateway_answers(ringwork: Ringwork, agreed: Path) -> None:
    ringwork.up(agreed)
    calls = {
        ("stock", "listItems"): ("stock", "GET", "/items"),
        ("stock", "bulkItems"): ("stock", "GET", "/bulk"),
        ("stock", "secretItems"): ("stock", "GET", "/secret"),
        ("orders", "getOrder"): ("orders", "GET", "/orders/42"),
        ("orders", "placeOrder"): ("orders", "POST", "/orders"),
    }
    for partner, opened in (("globex", {"listItems", "bulkItems"}), ("initech", None)):
        key = ringwork.json("key", "create", "--partner", partner)["key"]
        shown = ringwork.json("partner", "show", partner, "--effective")
        seen = {
            (version["api"], operation["operation"])
            for version in shown["visible"]
            for operation in version["operations"]
        }
        assert opened is None or {operation for _, operation in seen} == opened
        for named, call in calls.items():
            assert (status(ringwork, key, *call) == 404) == (named not in seen), named
    closed = {(row["api"], row["operation"]): row["because"] for row in shown["closed"]}
    assert closed == {("stock", "bulkItems"): "feature bulk"}


def test_use_keys_and_what_has_no_effect_are_told(ringwork: Ringwork, agreed: Path) -> None:
    ringwork.up(agreed)
    key = ringwork.json("key", "create", "--partner", "globex", "--application", "reports")
    for _ in range(3):
        assert status(ringwork, key["key"], "stock", "GET", "/items") == 200
    eventually(lambda: ringwork.json("partner", "show", "globex")["use"]["requests"] == 3)
    shown = ringwork.json("partner", "show", "globex")
    assert [(each["application"], each["status"]) for each in shown["keys"]] == [("reports", "active")]
    assert {each["key"] for each in shown["without_effect"]} == {"sla", "webhooks"}
    assert key["key"] not in str(shown)
    ringwork.json("account", "suspend", shown["account"]["id"], "--reason", "contract ended")
    shown = ringwork.json("partner", "show", "globex")
    assert shown["account"]["state"] == shown["keys"][0]["status"] == "suspended"
    text = ringwork.run("partner", "show", "globex", "--effective").stdout
    for said in (
        "3 of 10,000",
        "no effect yet: sla (partners/globex.yaml:7:1)",
        "GET     /bulk  (feature bulk)",
    ):
        assert said in text


def test_what_was_changed_and_not_applied_is_not_taken_for_live(ringwork: Ringwork, agreed: Path) -> None:
    ringwork.up(agreed)
    file = agreed / "partners/globex.yaml"
    file.write_text(file.read_text().replace("600", "700"))
    (row,) = (
        row
        for row in ringwork.json("partner", "show", "globex")["values"]
        if row["key"] == "limits.per_minute"
    )
    assert (row["value"], row["pending"], row["source"]) == (600, 700, "another revision")
    assert "not applied yet: 700" in ringwork.run("partner", "show", "globex").stdout
    file.write_text("title: [")
    broken = ringwork.json("partner", "show", "globex")
    assert broken["values"][0]["value"] == 600 and broken["values"][0]["source"] == "unknown"
    unknown = ringwork.run("partner", "show", "globx")
    assert unknown.returncode == 2 and 'Did you mean "globex"?' in unknown.stderr

"""Versions that end, from the estate to what a caller reads; who is still on them; what an application is pinned to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conversation import Say
from tests.support.estates import ORDERS, STOCK, api, write, write_estate
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

GUIDE = "https://docs.acme.test/v1-to-v2"
ENDING = f"deprecated: 2026-01-15, sunset: 2027-01-15, successor: v2, migration_guide: '{GUIDE}'"


def with_versions(estate: Path, port: int, v1: str = ENDING) -> Path:
    """orders v1, which ends, and v2; stock by header, 1 the default and 2."""
    by_path = f"versions: [{{ name: v1, document: v1.yaml, {v1} }}, {{ name: v2, document: v2.yaml }}]\n"
    service = f"http://127.0.0.1:{port}"
    write(
        estate / "apis/orders/api.yaml",
        api("Orders", f"{service}/orders-service") + "prefix: /shop\n" + by_path,
    )
    write(estate / "apis/orders/v2.yaml", ORDERS)
    by_header = "versioning: header\nversions: [{ name: '1', document: v1.yaml, default: true }, "
    by_header += "{ name: '2', document: v2.yaml }]\n"
    write(estate / "apis/stock/api.yaml", api("Stock", f"{service}/stock-service") + by_header)
    write(estate / "apis/stock/v2.yaml", STOCK.replace("/items", "/articles"))
    agreed = "sunsets: [{ api: orders, version: v1, sunset: 2027-03-01, acknowledged: { by: Hank, on: 2026-01-20 } }]"
    write(estate / "partners/globex.yaml", f"title: Globex\nlimits: {{ per_minute: 600 }}\n{agreed}\n")
    return estate


def called(ringwork: Ringwork, key: str, *words: str) -> dict[str, Any]:
    done = ringwork.run("call", *words, "--key", key, "--format", "json")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def made(ringwork: Ringwork, *words: str) -> dict[str, Any]:
    key: dict[str, Any] = ringwork.json("key", "create", *words)
    return key


def test_callers_read_that_it_ends_and_the_owner_who_still_calls(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    ringwork.up(with_versions(estate, upstream.port))
    developer = made(ringwork, "--ring", "public", "--consumer", "ada", "--plan", "free")["key"]
    partner = made(ringwork, "--partner", "globex")["key"]
    made(ringwork, "--ring", "public", "--consumer", "bob", "--plan", "free")
    made(ringwork, "--ring", "public", "--consumer", "eve", "--plan", "free", "--api", "stock")
    ends = {}
    for name, key in (("ada", developer), ("globex", partner)):
        answer = called(ringwork, key, "orders", "GET", "/orders/42", "--version", "v1")
        headers = dict(answer["headers"])
        assert (answer["status"], headers["deprecation"]) == (200, "@1768435200")
        ends[name] = headers["sunset"]
    assert ends == {"ada": "Fri, 15 Jan 2027 00:00:00 GMT", "globex": "Mon, 01 Mar 2027 00:00:00 GMT"}

    def users() -> dict[str, list[str]]:
        rows = ringwork.json("versions", "orders")
        of_v1 = [row for row in rows if row["version"] == "v1"]
        return {row["ring"]: [user["consumer"] for user in row["users"]] for row in of_v1}

    eventually(lambda: users() == {"internal": [], "partner": ["globex"], "public": ["ada"]})

    def used() -> dict[str, tuple[bool, bool]]:
        rows = ringwork.json("versions", "orders")
        held = [one for row in rows if row["version"] == "v1" for one in row["applications"]]
        return {one["consumer"]: (one["used_at"] is not None, one["called"]) for one in held}

    eventually(lambda: used() == {"globex": (True, True), "ada": (True, True), "bob": (False, False)})
    told = [one for row in ringwork.json("versions", "orders") for one in row["partners"]]
    assert [one["acknowledged"] for one in told] == [True, None]
    explained = ringwork.json("explain", "GET", "/shop/v1/orders/42", "--key", developer)
    assert "lifecycle" in {step["step"] for step in explained["steps"]}
    assert explained["version_state"] == "deprecated"
    assert explained["places"]["lifecycle"].startswith("apis/orders/api.yaml:")


def test_a_version_that_ended_is_gone_at_once_and_said_so(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    ended = ENDING.replace("2026-01-15", "2020-01-15").replace("2027-01-15", "2021-01-15")
    ringwork.up(with_versions(estate, upstream.port, ended))
    key = made(ringwork, "--ring", "public", "--consumer", "ada", "--plan", "free")["key"]
    answer = called(ringwork, key, "orders", "GET", "/orders/42", "--version", "v1")
    assert answer["status"] == 410
    assert [row["state"] for row in ringwork.json("versions", "orders") if row["ring"] == "public"] == [
        "sunset",
        "supported",
    ]


def test_an_application_stays_where_it_is_pinned(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    ringwork.up(with_versions(estate, upstream.port))
    made_key = made(ringwork, "--ring", "public", "--consumer", "ada", "--plan", "free")
    key, application = made_key["key"], made_key["application_id"]

    def status(target: str) -> int:
        done = ringwork.json("explain", "GET", f"/stock{target}", "--key", key)
        return int(done.get("status") or 200)

    assert (status("/items"), status("/articles")) == (200, 404)
    pinned = ringwork.json("application", "pin", application, "stock", "2")
    assert pinned["pins"] == {"stock": "2"}
    assert (status("/items"), status("/articles")) == (404, 200)
    told = ringwork.run("versions", "stock").stdout
    assert "2 on the public ring: ada (default) is pinned to it; its keys were never used" in told
    ringwork.json("application", "pin", application, "stock", "--none")
    assert (status("/items"), status("/articles")) == (200, 404)
    wrong = ringwork.run("application", "pin", application, "stock", "3")
    assert wrong.returncode == 2 and "version-unknown" in wrong.stderr
    without = ringwork.run("application", "pin", application, "orders", "v1")
    assert without.returncode == 2 and "version-in-path" in without.stderr
    assert ringwork.json("application", "show", application)["pins"] == {}


def test_a_migration_guide_is_begun_kept_and_must_be_finished(say: Say, tmp_path: Path) -> None:
    estate = with_versions(write_estate(tmp_path / "estate", 9), 9)
    write(estate / "apis/orders/v2.yaml", ORDERS.replace("/orders/{orderId}", "/purchases/{orderId}"))
    answer = say("guide", "orders", "v1", "v2", "--estate", estate)
    assert answer.code == 0 and "1 breaking changes" in answer.out
    guide = estate / "apis/orders/guides/v1-to-v2.md"
    begun = guide.read_text()
    assert begun.count("<!-- ringwork:") == 1 and begun.count("TODO(ringwork)") == 2
    guide.write_text(begun.replace("TODO(ringwork)", "Done", 1))
    say("guide", "orders", "v1", "v2", "--estate", estate)
    assert guide.read_text().count("TODO(ringwork)") == 1
    refused = say("plan", estate, "--format", "json").json()
    [finding] = [one for one in refused["findings"] if one["code"] == "migration-guide-unfinished"]
    assert finding["file"] == "apis/orders/guides/v1-to-v2.md"
    assert say("guide", "orders", "v1", "v2", "--estate", estate, "--check").code == 1
    guide.write_text(guide.read_text().replace("TODO(ringwork)", "Done"))
    assert say("guide", "orders", "v1", "v2", "--estate", estate, "--check").code == 0
    codes = {one["code"] for one in say("plan", estate, "--format", "json").json()["findings"]}
    assert "migration-guide-unfinished" not in codes


@pytest.mark.parametrize(
    ("words", "code"),
    [(("order", "v1", "v2"), "api-unknown"), (("orders", "v1", "v3"), "version-unknown")],
)
def test_a_guide_of_what_is_not_there_is_refused(
    say: Say, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    estate = with_versions(write_estate(tmp_path / "estate", 9), 9)
    answer = say("guide", *words, "--estate", estate)
    assert answer.code == 2 and code in answer.err

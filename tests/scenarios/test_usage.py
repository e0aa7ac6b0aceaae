"""`ringwork usage`: every call is counted once."""

from __future__ import annotations

from pathlib import Path

from tests.support.running import Ringwork, eventually


def test_calls_are_counted_by_api_operation_and_consumer(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    for words in (("orders", "/orders/1"), ("orders", "/orders/2"), ("stock", "/items")):
        assert ringwork.run("call", words[0], "GET", words[1], "--as", "billing").returncode == 0
    assert "404" in ringwork.run("call", "stock", "GET", "/nothing", "--as", "crm").stderr

    def rows(by: str) -> dict[str, int]:
        return {row["name"]: row["calls"] for row in ringwork.json("usage", "--by", by)["rows"]}

    eventually(lambda: sum(rows("consumer").values()) == 4)
    assert rows("consumer") == {"billing": 3, "crm": 1}
    assert rows("operation")["orders v1 getOrder"] == 2
    text = ringwork.run("usage", "--api", "orders").stdout
    assert "orders" in text and "stock" not in text


def test_before_the_first_call_it_says_so(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    assert "Nothing was called yet." in ringwork.run("usage").stdout

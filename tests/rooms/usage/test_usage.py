"""Summaries of the access log: complete, streaming, unmoved by damage and rotation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.usage import summary
from ringwork.usage.durations import Histogram
from ringwork.usage.log import Damage, calls, find_call
from ringwork.usage.summary import NOBODY, NOTHING, OTHER, summarise


def call(request_id: str = "r", status: int = 200, total_us: int = 1000, **members: Any) -> dict[str, Any]:
    given_ = {"api": "orders", "version": "v1", "operation": "getOrder", "consumer": "globex"}
    return given_ | {"request_id": request_id, "status": status, "duration_us": {"total": total_us}} | members


def write(path: Path, *records: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def ids(log: Path) -> list[str]:
    return [found["request_id"] for found in calls(log, Damage())]


def test_rotated_files_are_read_too_oldest_first(tmp_path: Path) -> None:
    log = tmp_path / "access.ndjson"
    write(tmp_path / "access-00000000000000000002.ndjson", call("b"))
    write(tmp_path / "access-00000000000000000001.ndjson", call("a"))
    write(log, call("c"))
    assert ids(log) == ["a", "b", "c"]


def test_a_file_rotated_while_it_is_read_is_counted_once(tmp_path: Path) -> None:
    log = tmp_path / "access.ndjson"
    write(tmp_path / "access-1.ndjson", call("a"))
    write(log, call("b"))
    reading: Iterator[dict[str, Any]] = calls(log, Damage())
    first = next(reading)["request_id"]
    log.rename(tmp_path / "access-2.ndjson")
    assert [first, *(found["request_id"] for found in reading)] == ["a", "b"]


def test_damaged_lines_are_counted_and_left_out(tmp_path: Path) -> None:
    log, damage = tmp_path / "access.ndjson", Damage()
    good = json.dumps(call("good")).encode()
    log.write_bytes(b"{broken\n[]\n\xff\n" + b"x" * 600_000 + b"\n" + good + b'\n{"status": 2')
    assert [found["request_id"] for found in calls(log, damage)] == ["good"]
    assert damage.lines == 4


def test_a_log_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert ids(tmp_path / "access.ndjson") == []


def test_a_call_is_found_by_its_request_id(tmp_path: Path) -> None:
    write(tmp_path / "access-1.ndjson", call("old"))
    write(tmp_path / "access.ndjson", call("new"))
    found = find_call(tmp_path / "access.ndjson", "old")
    assert found is not None and found["api"] == "orders"
    assert find_call(tmp_path / "access.ndjson", "never") is None


def test_errors_of_clients_and_of_services_are_told_apart() -> None:
    (group,) = summarise([call(), call(status=404), call(status=502), call(status=500)], by="api")
    assert (group.calls, group.client_errors, group.server_errors) == (4, 1, 2)


def test_groups_are_named_by_what_was_asked_for() -> None:
    records = [call(), call(consumer="initech"), {"status": 404, "duration_us": {"total": 1}}]
    names = {
        by: {group.name for group in summarise(records, by=by)} for by in ("api", "operation", "consumer")
    }
    assert names["api"] == {"orders", NOTHING}
    assert names["operation"] == {"orders v1 getOrder", NOTHING}
    assert names["consumer"] == {"globex", "initech", NOBODY}


def test_one_api_leaves_the_others_out() -> None:
    (group,) = summarise([call(), call(api="crm")], by="api", api="crm")
    assert (group.name, group.calls) == ("crm", 1)


def test_the_number_of_groups_is_bounded_and_no_call_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST_GROUPS", 3)
    groups = summarise([call(consumer=f"c{number}") for number in range(10)], by="consumer")
    assert len(groups) == 4 and sum(group.calls for group in groups) == 10
    assert next(group.calls for group in groups if group.name == OTHER) == 7


@given(
    st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=200),
    st.sampled_from([0.5, 0.99, 1.0]),
)
def test_quantiles_are_at_most_one_per_cent_above_the_true_ones(durations: list[int], share: float) -> None:
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    true = sorted(durations)[max(1, -int(-share * len(durations) // 1)) - 1]
    found = histogram.quantile_us(share)
    assert found is not None and max(true, 1) * 0.999 <= found <= max(true, 1) * 1.0101


def test_without_calls_there_is_no_quantile() -> None:
    assert Histogram().quantile_us(0.5) is None


def test_no_duration_however_absurd_makes_the_histogram_grow() -> None:
    histogram = Histogram()
    for exponent in range(300):
        histogram.add(10**exponent)
    assert len(histogram._buckets) < 100

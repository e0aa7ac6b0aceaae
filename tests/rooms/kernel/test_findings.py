"""Findings are in order, equal ones are said once, and they have one JSON shape."""

from __future__ import annotations

from ringwork.kernel.findings import Finding, Location, Severity, has_errors, in_order
from ringwork.kernel.suggest import did_you_mean, nearest


def finding(file: str, line: int, severity: Severity = Severity.WARNING) -> Finding:
    return Finding("some-code", severity, "message", "help", Location(file, line))


def test_findings_are_read_top_to_bottom_and_once() -> None:
    first, second, other = finding("a", 2), finding("a", 10), finding("b", 1)
    assert in_order([other, second, first, second]) == [first, second, other]


def test_only_errors_are_errors() -> None:
    assert not has_errors([finding("a", 1), finding("a", 1, Severity.INFO)])
    assert has_errors([finding("a", 1), finding("a", 1, Severity.ERROR)])


def test_json_shape_of_a_finding_is_stable() -> None:
    assert finding("a", 3).as_dict() == {
        "code": "some-code",
        "severity": "warning",
        "message": "message",
        "help": "help",
        "file": "a",
        "line": 3,
        "column": 1,
        "api": None,
    }


def test_near_miss_is_suggested_in_any_case_and_spelling_of_hyphens() -> None:
    assert nearest("Per-Minute", ["per_minute", "per_day"]) == "per_minute"
    assert nearest("zzz", ["per_minute"]) is None


def test_without_near_miss_the_choices_are_named() -> None:
    assert did_you_mean("zzz", ["b", "a"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == "There is none yet."
    assert did_you_mean("zzz", [str(number) for number in range(100)]).endswith(", ….")

"""A change is what a ring notices of it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.audience import RINGS
from ringwork.governance.gates import changing
from ringwork.governance.gates.judging import judge_gates
from ringwork.governance.gates.side import Side
from ringwork.kernel.cache import FileCache
from tests.rooms.governance.gates.sides import TODAY, Changes, broken, judged, side_of
from tests.rooms.manifest.estates import API, DOCUMENT

INTERNAL, PARTNER, PUBLIC = RINGS
ID = "schema: {type: string}}]"
NARROWER = DOCUMENT.replace(ID, "schema: {type: string, maxLength: 8}}]")


def document(text: str) -> Changes:
    return {"apis/orders/openapi.yaml": text}


def test_what_a_ring_never_saw_breaks_nobody_there(tmp_path: Path) -> None:
    found = judged(tmp_path, {}, document(NARROWER))
    assert broken(found) == {PARTNER: 1, INTERNAL: 1}
    [one] = found.changes[0].versions[0].breaks
    assert (one.location.file, one.location.line) == ("apis/orders/openapi.yaml", 13)


def test_caps_and_overlays_of_the_estate_count(tmp_path: Path) -> None:
    capped = API.replace("audience: public", "audience: internal")
    found = judged(
        tmp_path, {"apis/orders/api.yaml": capped}, {**document(NARROWER), "apis/orders/api.yaml": capped}
    )
    assert broken(found) == {INTERNAL: 1}
    overlay = (
        "overlay: 1.0.0\ninfo: {title: t, version: 1.0.0}\nactions:\n"
        "  - {target: \"$.paths['/orders/{id}'].get\", update: {x-audience: internal}}\n"
    )
    labelled: Changes = {
        "apis/orders/api.yaml": API.replace(
            "document: openapi.yaml", "document: openapi.yaml, overlays: [o.yaml]"
        ),
        "apis/orders/o.yaml": overlay,
    }
    assert broken(judged(tmp_path / "b", labelled, {**labelled, **document(NARROWER)})) == {INTERNAL: 1}


def test_a_label_that_narrows_takes_an_operation_from_a_ring(tmp_path: Path) -> None:
    narrowed = DOCUMENT.replace("x-audience: partner", "x-audience: internal")
    found = broken(judged(tmp_path, {}, document(narrowed)))
    assert found == {PARTNER: 1, INTERNAL: 0}, "inside labels are read, too"


def test_nothing_changed_is_no_change_and_an_upstream_is_nothing_a_ring_gets(tmp_path: Path) -> None:
    assert judged(tmp_path / "a", {}, {}).changes == ()
    elsewhere: Changes = {"apis/orders/api.yaml": API.replace("9001", "9002")}
    assert judged(tmp_path / "b", {}, elsewhere).changes == ()


def test_first_of_all_everything_is_new_and_nothing_breaks(tmp_path: Path) -> None:
    assert not judged(tmp_path / "a", None, {}).changes, "nobody asks, so nothing is looked into"
    found = judged(tmp_path / "b", None, {"styles/gates.yaml": "{}\n"})
    assert (
        found.changes and all(change.is_new for change in found.changes) and not any(broken(found).values())
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("prefix: /shop\n", "it is not served any more as before: /orders (path)"),
        ("versioning: header\n", "it is not served any more as before: /orders (path)"),
    ],
)
def test_an_api_that_moves_breaks_everybody(tmp_path: Path, change: str, why: str) -> None:
    found = judged(tmp_path, {}, {"apis/orders/api.yaml": API + change})
    assert broken(found) == dict.fromkeys(RINGS, 1)
    assert found.changes[0].versions[0].breaks[0].text == why


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("state: supported", 1),
        ("state: deprecated", 1),
        ("deprecated: 2025-01-01, sunset: 2026-11-22", 0),
        ("deprecated: 2025-01-01, sunset: 2999-01-01", 1),
    ],
)
def test_a_version_that_goes_breaks_who_calls_it_until_its_sunset_is_over(
    tmp_path: Path, said: str, count: int
) -> None:
    guide = "migration_guide: https://acme.example/v2"
    two = API + f"  - {{name: v2, document: openapi.yaml, {guide}, {said}}}\n"
    found = judged(tmp_path, {"apis/orders/api.yaml": two, "partners/globex.yaml": None}, {})
    assert broken(found) == dict.fromkeys(RINGS, count)


def test_what_is_broken_is_not_gone(tmp_path: Path) -> None:
    assert not judged(tmp_path, {}, document("nonsense: 1\n")).changes


def test_what_was_not_kept_is_said_once_and_is_nobodys_fault(tmp_path: Path) -> None:
    old = side_of(tmp_path / "old")[0]
    new, estate, styles = side_of(tmp_path / "new", document(NARROWER))
    found = judge_gates(estate, Side(old.snapshot, {}, {}), new, styles, today=TODAY)
    assert [one.code for one in found.findings] == ["live-contract-unknown"]
    assert not any(broken(found).values())


def test_a_document_says_how_far_it_moved(tmp_path: Path) -> None:
    [finding] = judged(tmp_path / "a", {}, document(NARROWER)).findings
    assert (finding.code, finding.location.line) == ("version-step-too-small", 2)
    assert "2.0.0" in finding.message and "partner ring" in finding.message
    for version, enough in (("1.1.0", False), ("2.0.0", True), ("3.1.4", True), ("2024-01-15", True)):
        said = NARROWER.replace("version: 1.0.0", f"version: {version}")
        assert bool(judged(tmp_path / version, {}, document(said)).findings) is not enough
    put = "    put: {operationId: a, responses: {'200': {description: ok}}}\n"
    more = DOCUMENT.replace("    delete:", f"{put}    delete:")
    [minor] = judged(tmp_path / "m", {}, document(more)).findings
    assert "1.1.0" in minor.message and "internal ring" in minor.message
    texts = DOCUMENT.replace("description: ok", "description: fine")
    assert not judged(tmp_path / "t", {}, document(texts)).findings


def test_what_was_compared_once_is_not_compared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = judged(tmp_path, {}, document(NARROWER), cache=FileCache(cache))
    monkeypatch.setattr(changing, "compare", None)
    assert judged(tmp_path, {}, document(NARROWER), cache=FileCache(cache)) == first
    with pytest.raises(TypeError):
        judged(tmp_path / "x", {}, document(NARROWER + "# other\n"), cache=FileCache(cache))

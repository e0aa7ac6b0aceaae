"""`ringwork plan`: what a change would expose, as a page one can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.governance.assess import assess
from tests.rooms.manifest.estates import API, DOCUMENT, write_estate
from tests.scenarios.conversation import Say


def make_live(root: Path, state: Path) -> None:
    """What applying leaves behind for the next plan."""
    snapshot = assess(root).snapshot
    assert snapshot is not None
    parts = state / "control" / "revisions" / "objects"
    parts.mkdir(parents=True)
    (state / "control" / "exposure.json").write_text(json.dumps(snapshot.as_dict()))
    for name, data in snapshot.parts.items():
        (parts / f"{name}.json").write_bytes(data)


def test_first_plan_counts_every_ring_and_names_what_goes_outside(tmp_path: Path, say: Say) -> None:
    answer = say("plan", write_estate(tmp_path), "--state", tmp_path / "none")
    assert answer.code == 0
    assert "Nothing is live yet" in answer.out
    assert "public ring starts to see 1 operation" in answer.out
    assert "GET /orders  apis/orders/openapi.yaml:7:19" in answer.out
    assert "internal ring starts to see 3 operations, 2 of them listed above" in answer.out


def test_nothing_to_do_is_said_in_one_line(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path / "estate")
    make_live(root, tmp_path / "state")
    answer = say("plan", root, "--state", tmp_path / "state")
    assert answer.out.startswith("Nothing would change.")
    assert "starts to see" not in answer.out


def test_opened_operation_is_the_first_thing_one_reads(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path / "estate")
    make_live(root, tmp_path / "state")
    opened = DOCUMENT.replace(
        "operationId: deleteOrders", "operationId: deleteOrders\n      x-audience: public"
    )
    write_estate(
        root,
        {"apis/orders/openapi.yaml": opened, "partners/globex.yaml": "title: G\nlimits: {per_minute: 6}\n"},
    )
    out = say("plan", root, "--state", tmp_path / "state").out
    assert "public ring starts to see 1 operation" in out
    assert "DELETE /orders  apis/orders/openapi.yaml:11:19" in out
    assert out.index("public ring") < out.index("partner ring") < out.index("~ partner globex")
    assert "per_minute: 600 → 6" in out


def test_errors_block_their_api_with_line_and_caret_and_exit_code_two(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path, {"apis/billing/api.yaml": API.replace("upstream", "upstrem")})
    answer = say("plan", root, "--state", tmp_path / "none")
    assert answer.code == 2
    assert "Stays behind: billing (not live); errors below" in answer.out
    assert "--> apis/billing/api.yaml:4:1" in answer.out
    assert "4 | upstrem: http://127.0.0.1:9001" in answer.out
    assert 'Did you mean "upstream"?' in answer.out
    assert "public ring starts to see 1 operation" in answer.out


def test_live_api_that_breaks_is_said_to_stay_as_it_is(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path / "estate")
    make_live(root, tmp_path / "state")
    (root / "apis/orders/api.yaml").write_text("title: [")
    answer = say("plan", root, "--state", tmp_path / "state")
    assert answer.code == 2
    assert "Stays behind: orders (stays as it is); errors below" in answer.out
    assert "ceases to see" not in answer.out


@pytest.mark.parametrize("changes", [{"ringwork.yaml": "organization: ["}, {"ringwork.yaml": None}])
def test_estate_that_cannot_go_live_at_all_says_so(
    tmp_path: Path, say: Say, changes: dict[str, str | bytes | None]
) -> None:
    answer = say("plan", write_estate(tmp_path, changes), "--state", tmp_path / "none")
    assert answer.code == 2
    assert answer.out.startswith("Nothing can go live")


def test_eight_hundred_operations_are_a_page_and_all_of_them_on_demand(tmp_path: Path, say: Say) -> None:
    paths = "".join(
        f"  /things/{number}:\n    get: {{responses: {{'200': {{description: ok, content: {{text/csv: {{}}}}}}}}}}\n"
        for number in range(800)
    )
    overlay = """\
overlay: 1.0.0
info: {title: A, version: 1.0.0}
actions:
  - target: $.paths.*
    update: {x-audience: partner}
"""
    root = write_estate(
        tmp_path,
        {
            "apis/orders/openapi.yaml": "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n" + paths,
            "apis/orders/api.yaml": API.replace("openapi.yaml}", "openapi.yaml, overlays: [a.yaml]}"),
            "apis/orders/a.yaml": overlay,
        },
    )
    page = say("plan", root, "--state", tmp_path / "none").out
    assert "orders v1: 800 operations, because of apis/orders/a.yaml:5:26" in page
    assert len(page.splitlines()) < 60
    assert say("plan", root, "--state", tmp_path / "none", "--all").out.count("GET /things/") == 800


def test_json_holds_everything_the_page_says(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path, {"api/x": "x"})
    found = say("plan", root, "--state", tmp_path / "none", "--format", "json").json()
    assert found["first"] is True
    assert found["rings"] == ["internal", "partner", "public"]
    assert found["operations"][0] == {
        "ring": "public",
        "change": "appears",
        "api": "orders",
        "version": "v1",
        "operation": "listOrders",
        "method": "GET",
        "path": "/orders",
        "because": "apis/orders/openapi.yaml:7:19",
    }
    assert [finding["code"] for finding in found["findings"]] == ["file-ignored"]


def test_markdown_is_for_a_pull_request(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path, {"api/x": "x"})
    out = say("plan", root, "--state", tmp_path / "none", "--format", "markdown").out
    assert "| orders | v1 | 3 | 3 | 2 | 1 |" in out
    assert "### Public ring starts to see 1 operation" in out
    assert "| warning | `api:1:1` | `file-ignored` |" in out


@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_file_cannot_speak_to_the_terminal(tmp_path: Path, say: Say, format: str) -> None:
    changes = {
        "apis/orders/api.yaml": API.replace(
            "title: Orders", 'title: "[bold]\x1b]0;owned\x07" # \x1b[2J\nzzz: 1'
        ),
        "apis/\x1b[2J/api.yaml": "title: x\n",
        "partners/globex.yaml": 'title: G\nlimits: {per_minute: 1}\nversions: {"\\e[7m": [v1]}\n',
    }
    words = ("--state", tmp_path / "none", "--format", format)
    out = say("plan", write_estate(tmp_path / "estate", changes), *words).out
    assert "unknown-api" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_state_that_is_damaged_is_refused_with_what_to_do(tmp_path: Path, say: Say) -> None:
    (tmp_path / "state" / "control").mkdir(parents=True)
    (tmp_path / "state" / "control" / "exposure.json").write_text("{")
    answer = say("plan", write_estate(tmp_path / "estate"), "--state", tmp_path / "state")
    assert (answer.code, "state-unreadable" in answer.err) == (2, True)


def test_misspelt_option_is_exit_code_one(say: Say) -> None:
    answer = say("plan", "--formt", "json")
    assert answer.code == 1
    assert "--format" in answer.err


def test_version_is_printed(say: Say) -> None:
    assert say("--version").out.startswith("ringwork ")

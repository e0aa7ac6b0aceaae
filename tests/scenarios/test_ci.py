"""A change planned without a server: against what Git has, in the formats of code hosts; and who an API is for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.rooms.governance.gates.test_changing import NARROWER
from tests.rooms.governance.gates.test_judging import GROUPS
from tests.rooms.manifest.estates import API, write_estate
from tests.scenarios.conversation import Say
from tests.support.locking import lock_exposure


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An estate in a folder of a repository, with a change that breaks partners and is not committed."""
    estate = write_estate(tmp_path / "repository/estate")
    lock_exposure(estate)
    for words in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", *words], cwd=tmp_path / "repository", check=True)
    (estate / "apis/orders/openapi.yaml").write_text(NARROWER)
    for name in ("GITHUB_ACTIONS", "GITHUB_BASE_REF", "GITHUB_STEP_SUMMARY", "CI_COMMIT_BEFORE_SHA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return estate


def with_gates(estate: Path, text: str) -> None:
    write_estate(estate, {**GROUPS, "styles/gates.yaml": text, "apis/orders/openapi.yaml": NARROWER})


ASKS_FOR_APPROVAL = "naming: {partner: {demand: suggested}}\nsecurity: {partner: {demand: suggested}}\n"
ASKS_FOR_APPROVAL += "documentation: {partner: {demand: team}}\n"


def test_plan_compares_with_what_git_has(changed: Path, say: Say) -> None:
    answer = say("plan", changed, "--against", "git:HEAD", "--state", changed / "none")
    assert answer.code == 0
    assert "orders v1 partner: 1 breaking" in answer.out and "orders v1 public" not in answer.out
    told = json.loads(say("plan", changed, "--against", "git:HEAD", "--format", "json").out)
    [partner, internal] = told["gates"]["changes"]
    assert (partner["ring"], internal["ring"]) == ("partner", "internal")
    assert partner["versions"][0]["breaks"][0]["rule"] == "max-length-set"
    assert "revision-unknown" in say("plan", changed, "--against", "git:nowhere").err


def test_exit_codes_tell_what_fails_from_what_waits(changed: Path, say: Say) -> None:
    with_gates(changed, ASKS_FOR_APPROVAL)
    assert say("plan", changed, "--against", "git:HEAD").code == 3
    assert say("ci", changed, "--base", "HEAD").code == 0
    with_gates(changed, ASKS_FOR_APPROVAL + "breaking: {partner: {demand: 12-months}}\n")
    assert say("plan", changed, "--against", "git:HEAD").code == 2
    answer = say("ci", changed, "--base", "HEAD")
    assert answer.code == 2 and "the breaking gate of the partner ring (12-months) fails" in answer.out


def test_a_pull_request_says_what_the_audit_finds_new(changed: Path, say: Say, tmp_path: Path) -> None:
    """Also where the estate has no gates: then nothing is held."""
    api = changed / "apis/orders/api.yaml"
    api.write_text(API.replace("http://127.0.0.1:9001", "http://orders.test:80"))
    answer = say("ci", changed, "--base", "HEAD", "--comment", tmp_path / "plan.md")
    assert answer.code == 0 and "audit-plain-upstream" in answer.out
    assert "### What the audit finds new" in (tmp_path / "plan.md").read_text()
    told = json.loads(say("plan", changed, "--against", "git:HEAD", "--format", "json").out)
    risks = [risk for change in told["gates"]["changes"] for risk in change["risks"]]
    assert {risk["code"] for risk in risks} == {"audit-plain-upstream"}
    with_gates(changed, "{}")
    api.write_text(API.replace("http://127.0.0.1:9001", "http://orders.test:80"))
    answer = say("ci", changed, "--base", "HEAD")
    assert answer.code == 2 and "the security gate of the partner ring" in answer.out


def test_github_gets_annotations_a_summary_and_a_comment(
    changed: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gates(changed, ASKS_FOR_APPROVAL)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    answer = say("ci", "repository/estate", "--base", "HEAD", "--comment", tmp_path / "plan.md")
    assert "file=repository/estate/apis/orders/openapi.yaml,line=13" in answer.out
    errors = [line for line in answer.out.splitlines() if line.startswith("::error")]
    assert all("title=style-" in line for line in errors), "nobody is at fault where approvals are missing"
    comment = (tmp_path / "plan.md").read_text()
    assert comment.startswith("<!-- ringwork plan -->\n") and "| orders | partner | design" in comment
    assert (tmp_path / "summary.md").read_text() == comment
    say("ci", "repository/estate", "--base", "HEAD", "--comment", tmp_path / "again.md")
    assert (tmp_path / "again.md").read_text() == comment


def test_gitlab_gets_code_quality(
    changed: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=changed, capture_output=True, text=True, check=True
    )
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", head.stdout.strip())
    assert say("ci", "repository/estate", "--code-quality", tmp_path / "q.json").code == 0
    rows = json.loads((tmp_path / "q.json").read_text())
    [row] = [one for one in rows if one["check_name"] == "version-step-too-small"]
    assert row["location"] == {"path": "repository/estate/apis/orders/openapi.yaml", "lines": {"begin": 2}}
    assert len({one["fingerprint"] for one in rows}) == len(rows)


def test_a_comment_is_cut_where_code_hosts_would_refuse_it(tmp_path: Path, say: Say) -> None:
    paths = "".join(
        f"  /things/{number}/{'long' * 20}:\n    get: {{operationId: o{number}, x-audience: public, "
        "responses: {'200': {description: ok}}}\n"
        for number in range(900)
    )
    document = f"openapi: 3.0.3\ninfo: {{title: Orders, version: 1.0.0}}\npaths:\n{paths}"
    root = write_estate(tmp_path / "e", {"apis/orders/openapi.yaml": document})
    told = say("plan", root, "--state", tmp_path / "none", "--format", "markdown", "--all").out
    assert len(told) < 61_000 and told.endswith("shows all of it.\n") and told.count("```") % 2 == 0


@pytest.mark.parametrize(
    ("host", "file"), [("github", ".github/workflows/ringwork.yaml"), ("gitlab", ".gitlab-ci.yml")]
)
def test_init_writes_the_pipeline(changed: Path, say: Say, host: str, file: str) -> None:
    words = ("--organization", "acme", "--ci", host)
    assert say("init", "repository/other", *words).code == 0
    text = (changed.parent / file).read_text()
    assert "ringwork ci other --comment plan.md" in text and "ESTATE" not in text
    again = say("init", "repository/third", *words)
    assert again.code != 0 and "already-there" in again.err


def test_classify_reads_what_is_known_and_tells_what_contradicts_it(tmp_path: Path, say: Say) -> None:
    said = API + "classification: {consumers: own-teams, channel: chat-or-meeting}\n"
    root = write_estate(tmp_path, {"apis/orders/api.yaml": said})
    answer = say("classify", "orders", "--estate", root)
    assert answer.code == 1 and "Suggested audience: internal" in answer.out
    assert "apis/orders/api.yaml:3:" in answer.out and "classification-contradicted" in answer.out
    assert "classification-contradicted" in say("plan", root, "--state", tmp_path / "none").out
    agreed = say("classify", "orders", "--estate", root, "--consumers", "anyone", "--format", "json")
    assert (agreed.code, agreed.json()["audience"]) == (0, "public")
    assert agreed.json()["classification"] == {"consumers": "anyone", "channel": "chat-or-meeting"}
    assert say("classify", "--consumers", "known-organisations").code == 0
    nothing = say("classify")
    assert nothing.code != 0 and "classification-missing" in nothing.err


def test_an_api_whose_users_see_nothing_of_it_is_told(tmp_path: Path, say: Say) -> None:
    document = NARROWER.replace("x-audience: public", "x-audience: internal")
    said = API + "classification: {consumers: anyone}\n"
    root = write_estate(tmp_path, {"apis/orders/api.yaml": said, "apis/orders/openapi.yaml": document})
    assert "classification-unmet" in say("plan", root, "--state", tmp_path / "none").out


def test_a_word_nobody_knows_is_told_with_its_line(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path, {"apis/orders/api.yaml": API + "classification: {trust: much}\n"})
    answer = say("plan", root, "--state", tmp_path / "none")
    assert answer.code == 2 and "apis/orders/api.yaml:7:25" in answer.out


def test_diff_by_ring_knows_caps_and_overlays_of_the_estate(
    changed: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(changed.parent)
    sides = ("HEAD:estate/apis/orders/openapi.yaml", "estate/apis/orders/openapi.yaml")
    assert say("diff", *sides, "--ring", "partner").code == 1
    (changed / "apis/orders/api.yaml").write_text(API.replace("audience: public", "audience: internal"))
    capped = say("diff", *sides, "--ring", "partner")
    assert capped.code == 1 and "api-path-removed" in capped.out, "partners lose what they had"
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "capped"],
        cwd=changed,
        check=True,
    )
    both = say("diff", sides[0], sides[1], "--ring", "partner")
    assert both.code == 0 and "No change" in both.out

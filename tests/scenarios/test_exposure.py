"""`ringwork exposure`, and what is not in `exposure.lock`: seen, held back, let pass."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.conversation import Say
from tests.support.locking import lock_exposure
from tests.support.running import Ringwork

NOTED = """\
openapi: 3.1.0
info: { title: Stock, version: 1.0.0 }
paths:
  /items:
    get:
      x-audience: public
      responses:
        '200':
          description: Fine
          content:
            application/json:
              schema: { type: object, properties: { note: { type: string, x-sensitive: personal } } }
"""


def open_up(estate: Path) -> None:
    """Everybody may export."""
    document = estate / "apis/orders/v1.yaml"
    document.write_text(
        document.read_text().replace("get: { operationId: exp", "get: { x-audience: public, operationId: exp")
    )


def test_a_widening_that_nobody_locked_stays_behind_and_what_is_live_goes_on(
    tmp_path: Path, estate: Path
) -> None:
    ringwork = Ringwork(tmp_path / "state", reviews=False)
    lock_exposure(estate)
    try:
        ringwork.up(estate)
        open_up(estate)
        done = ringwork.run("apply", str(estate))
        assert done.returncode == 2 and "exposure-unlocked" in done.stdout
        assert "apis/orders/v1.yaml:10:24" in done.stdout
        assert status(ringwork, "/orders/export") == 404 and status(ringwork, "/orders/7") == 200
        lock_exposure(estate)
        assert ringwork.run("apply", str(estate)).returncode == 0
        assert status(ringwork, "/orders/export") == 200
        done = ringwork.run("evidence")
        evidence = json.loads(done.stdout)
        assert (evidence["revision"]["revision"], evidence["proof"]["signed_after_proof"]) == (2, True)
        assert evidence["manifest"] == evidence["revision"]["manifest"] and len(evidence["objects"]) > 4
        assert "GET /orders/export" in {row["name"] for row in evidence["exposure"]}
    finally:
        ringwork.clean_up()


def status(ringwork: Ringwork, path: str) -> int:
    """Of a call by a developer."""
    made = ringwork.json("key", "create", "--ring", "public", "--consumer", "ada", "--plan", "free")
    call = ("call", "orders", "GET", path, "--ring", "public", "--key", made["key"], "--format", "json")
    return int(json.loads(ringwork.run(*call).stdout)["status"])


def test_writing_says_what_is_new_and_the_plan_is_content(say: Say, estate: Path, tmp_path: Path) -> None:
    lock_exposure(estate)
    open_up(estate)
    written = say("exposure", estate, "--write")
    assert written.code == 0 and "+ orders v1 public call GET /orders/export" in written.out
    assert "exposure.lock: 0 lines added, 0 removed" in say("exposure", estate, "--write").out


def test_sensitive_values_are_only_approved_when_asked_to(say: Say, estate: Path) -> None:
    (estate / "apis/stock/v1.yaml").write_text(NOTED)
    first = say("exposure", estate, "--write")
    assert first.code == 2 and "1 line for sensitive values; --sensitive adds them" in first.err
    lock = (estate / "exposure.lock").read_text()
    assert "sensitive" not in lock and "public read GET /items responses/200/content" in lock
    assert say("exposure", estate, "--write", "--sensitive").code == 0
    assert "sensitive public read GET /items" in (estate / "exposure.lock").read_text()


def test_the_matrix_says_who_sees_what_and_why(say: Say, estate: Path) -> None:
    page = say("exposure", estate).out
    assert "GET /orders/export" in page and "apis/orders/v1.yaml:6:24" in page
    rows = say("exposure", estate, "--api", "orders", "--ring", "public", "--format", "json").json()
    assert {row["name"]: row["rings"] for row in rows if row["kind"] == "operation"} == {
        "GET /orders/{orderId}": ["internal", "partner", "public"]
    }
    assert "write" in {row["way"] for row in rows}


def test_the_page_needs_no_other_file_and_no_text_ends_its_script(
    say: Say, estate: Path, tmp_path: Path
) -> None:
    stock = estate / "apis/stock/v1.yaml"
    stock.write_text(stock.read_text().replace("/items:", "/</script><b>:"))
    page = tmp_path / "exposure.html"
    assert say("exposure", estate, "--format", "html", "--out", page).code == 0
    text = page.read_text()
    assert "http://" not in text and "https://" not in text and "</script><b>" not in text
    data = text.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert any("/</script><b>" in row[4] for row in json.loads(data))


def test_an_api_nobody_has_is_refused_with_the_nearest(say: Say, estate: Path) -> None:
    answer = say("exposure", estate, "--api", "order")
    assert answer.code == 2 and "orders" in answer.err


def test_code_hosts_are_told_of_every_cause_at_its_line(say: Say, estate: Path, tmp_path: Path) -> None:
    lock_exposure(estate)
    open_up(estate)
    words = ("plan", "--state", tmp_path / "none", "--format")
    annotated = say(*words, "github", estate)
    [error] = [line for line in annotated.out.splitlines() if line.startswith("::error")]
    assert annotated.code == 2 and f"file={estate}/apis/orders/v1.yaml,line=10,col=24" in error
    [run] = say(*words, "sarif", estate).json()["runs"]
    [result] = [one for one in run["results"] if one["level"] == "error"]
    place = result["locations"][0]["physicalLocation"]
    assert result["ruleId"] == "exposure-unlocked" and place["region"] == {"startLine": 10, "startColumn": 24}

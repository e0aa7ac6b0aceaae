"""Gates before a real gateway: what has not passed stays as it is live, what was approved is exactly what goes live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scenarios.test_apply import calls, edit
from tests.support.running import Ringwork

# Nothing is asked but what a test is about.
RINGS = ("internal", "partner", "public")
QUIET = {
    "design": "none",
    "breaking": "coordinate",
    "naming": "suggested",
    "security": "suggested",
    "documentation": "team",
    "launch": "feature-flag",
}
BOARD = "description: Decides what outsiders build upon.\npermissions: [read, revisions, people]\n"


def gates(estate: Path, ring: str = "public", waivers: str = "", **demands: str) -> None:
    """The estate's gates: those of `ring` as `demands` say."""
    lines = []
    for gate, usual in QUIET.items():
        lines.append(f"{gate}:")
        for name in RINGS:
            demand = demands.get(gate, usual) if name == ring else usual
            asks = demand in ("approval", "agreement", "general-availability")
            lines.append(f"  {name}: {{ demand: {demand}{', approvers: [board]' if asks else ''} }}")
    (estate / "styles").mkdir(exist_ok=True)
    (estate / "groups").mkdir(exist_ok=True)
    (estate / "groups/board.yaml").write_text(BOARD)
    (estate / "styles/gates.yaml").write_text("\n".join(lines) + f"\n{waivers}")


def narrow(estate: Path) -> None:
    """Breaks who calls `getOrder`."""
    edit(
        estate / "apis/orders/v1.yaml",
        "schema: { type: string } }]",
        "schema: { type: string, maxLength: 8 } }]",
    )


def applied_of(ringwork: Ringwork, estate: Path) -> dict[str, Any]:
    """What `apply` says, whatever its exit code."""
    return dict(json.loads(ringwork.run("apply", str(estate), "--format", "json").stdout))


def results(applied: dict[str, Any], api: str = "orders") -> dict[tuple[str, str], str]:
    return {
        (one["ring"], one["gate"]): one["state"]
        for one in applied["plan"]["gates"]["results"]
        if one["api"] == api
    }


def test_what_breaks_the_public_stays_as_it_is_live_and_the_rest_goes_live(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    gates(estate, breaking="12-months")
    narrow(estate)
    edit(estate / "apis/orders/v1.yaml", "/orders/export:", "/dumps:")
    edit(estate / "apis/stock/v1.yaml", "/items:", "/articles:")
    edit(estate / "apis/stock/v1.yaml", "x-audience: public,", "")
    edit(estate / "apis/stock/v1.yaml", "/articles:", "/items:")
    planned = ringwork.run("plan", str(estate))
    assert planned.returncode == 2 and "Gates: orders, stock stays behind" in planned.stdout
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 2
    assert "the breaking gate of the public ring (12-months) fails" in done.stdout
    assert "apis/orders/v1.yaml:5:" in done.stdout
    assert calls(ringwork, "orders", "/orders/export") == 200
    assert calls(ringwork, "orders", "/dumps") == 404
    waived = "waivers:\n  - { gate: breaking, api: stock, until: 2999-12-31, reason: nobody calls it }\n"
    gates(estate, waivers=waived, breaking="12-months")
    applied = applied_of(ringwork, estate)
    assert applied["plan"]["dropped"] == ["orders"]
    assert results(applied, "stock")["public", "breaking"] == "passed"


def test_what_opens_more_of_an_api_is_not_applied_until_it_is_closed_or_waived(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    gates(estate, security="automatic")
    edit(estate / "apis/stock/v1.yaml", "/items:", "/items/{itemId}:")
    given = "parameters: [{name: itemId, in: path, required: true, schema: {type: string}}], "
    edit(estate / "apis/stock/v1.yaml", "get: {", f"get: {{{given}")
    planned = ringwork.run("plan", str(estate))
    assert planned.returncode == 2, planned.stdout
    assert "What the audit finds new" in planned.stdout and "[audit-object-owner]" in planned.stdout
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 2 and "the security gate of the public ring (automatic) fails" in done.stdout
    assert (calls(ringwork, "stock", "/items"), calls(ringwork, "stock", "/items/1")) == (200, 404)
    waiver = "{ rule: audit-object-owner, api: stock, until: 2999-12-31, reason: items are everybody's }"
    (estate / "styles/policy.yaml").write_text(f"waivers:\n  - {waiver}\n")
    applied = applied_of(ringwork, estate)
    assert results(applied, "stock")["public", "security"] == "passed", applied
    assert (calls(ringwork, "stock", "/items"), calls(ringwork, "stock", "/items/1")) == (404, 200)


def test_an_api_that_is_taken_away_stays_until_that_breaks_nobody(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    gates(estate, breaking="12-months")
    for file in ("api.yaml", "v1.yaml"):
        (estate / "apis/stock" / file).unlink()
    (estate / "apis/stock").rmdir()
    applied = applied_of(ringwork, estate)
    assert (applied["exit_code"], applied["plan"]["dropped"]) == (2, ["stock"])
    assert calls(ringwork, "stock", "/items") == 200
    gates(estate)
    assert applied_of(ringwork, estate)["exit_code"] == 0
    assert calls(ringwork, "stock", "/items") == 0


@pytest.fixture
def asked(ringwork: Ringwork, estate: Path) -> str:
    """The id of a request for a change that waits; a machine asked."""
    ringwork.up(estate)
    gates(estate, design="approval")
    assert applied_of(ringwork, estate)["exit_code"] == 0
    edit(estate / "apis/orders/v1.yaml", "/orders/export:", "/dumps:")
    edit(estate / "apis/orders/v1.yaml", "operationId: getOrder,", "operationId: getOrder, deprecated: true,")
    return str(ask(ringwork, estate)["id"])


def ask(ringwork: Ringwork, estate: Path, **differs: str) -> dict[str, Any]:
    name = f"ci-{len(ringwork.json('machine-token', 'list'))}"
    token = ringwork.json("machine-token", "create", name, "--group", "board")["token"]
    order = {"estate": str(estate), "api": "orders", "gate": "design", "ring": "public", "reason": "r"}
    answer = httpx.post(
        f"{ringwork.endpoints()['admin']['url']}/gates",
        json={**order, **differs},
        headers={"authorization": f"Bearer {token}"},
    )
    return dict(answer.json())


def test_an_approved_change_goes_live_and_another_one_waits_again(
    ringwork: Ringwork, estate: Path, asked: str
) -> None:
    waiting = ringwork.run("apply", str(estate))
    assert waiting.returncode == 2 and f"ringwork approval approve {asked}" in waiting.stdout
    planned = ringwork.run("plan", str(estate))
    assert planned.returncode == 3 and f"design waits for board, request {asked}" in planned.stdout
    assert calls(ringwork, "orders", "/dumps") == 404
    assert ringwork.run("approval", "approve", asked).returncode == 0
    edit(estate / "apis/orders/v1.yaml", "title: Orders", "title: Other orders")
    other = applied_of(ringwork, estate)
    assert results(other)["public", "design"] == "waiting", "what was approved is not what this is"
    edit(estate / "apis/orders/v1.yaml", "title: Other orders", "title: Orders")
    applied = applied_of(ringwork, estate)
    assert (applied["exit_code"], results(applied)["public", "design"]) == (0, "passed")
    assert calls(ringwork, "orders", "/dumps") == 200
    again = applied_of(ringwork, estate)
    assert again["plan"]["gates"]["results"] == [], "what is live asks for nothing"
    deeds = estate.parent / "ledger"
    assert ringwork.run("ledger", "export", "--out", str(deeds)).returncode == 0
    assert "approval.ask" in deeds.read_text() and "approval.approve" in deeds.read_text()


def test_nobody_approves_his_own_on_an_outer_ring(ringwork: Ringwork, estate: Path, asked: str) -> None:
    assert ringwork.run("approval", "decline", asked).returncode == 0
    own = ringwork.run("gate", "ask", "orders", "--reason", "mine", "--estate", str(estate))
    assert own.returncode == 0, own.stderr
    [request] = [one for one in ringwork.json("approval", "list") if one["state"] == "open"]
    refused = ringwork.run("approval", "approve", request["id"])
    assert refused.returncode != 0 and "approval-your-own" in refused.stderr
    assert ask(ringwork, estate)["code"] == "gate-asked"
    assert ask(ringwork, estate, gate="launch")["code"] == "gate-not-waiting"
    assert ask(ringwork, estate, api="stock")["code"] == "gate-not-waiting"


def test_gates_with_a_mistake_let_nothing_through(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    gates(estate)
    edit(estate / "styles/gates.yaml", "demand: coordinate", "demand: coordinat")
    edit(estate / "apis/orders/v1.yaml", "/orders/export:", "/dumps:")
    done = ringwork.run("apply", str(estate))
    assert (
        done.returncode == 2 and "styles/gates.yaml:6:" in done.stdout and "gates-unreadable" in done.stdout
    )
    assert calls(ringwork, "orders", "/orders/export") == 200

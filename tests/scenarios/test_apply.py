"""`ringwork apply`, `revisions`, `rollback`: what goes live, what is kept back, what is refused."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tests.support.running import Ringwork, eventually


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def calls(ringwork: Ringwork, api: str, path: str) -> int:
    """Status of a call from inside."""
    done = ringwork.run("call", api, "GET", path, "--as", "billing", "--format", "json")
    return int(json.loads(done.stdout)["status"]) if done.stdout else 0


def test_a_change_is_live_when_apply_returns(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    edit(estate / "apis/stock/v1.yaml", "/items:", "/articles:")
    applied = ringwork.json("apply", str(estate))
    assert (applied["outcome"], applied["revision"]) == ("live", 2)
    assert (calls(ringwork, "stock", "/articles"), calls(ringwork, "stock", "/items")) == (200, 404)


def test_what_changes_for_whom_is_said(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    edit(estate / "apis/orders/v1.yaml", "x-audience: partner", "x-audience: public")
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 0 and "public    +1 -0 operations" in done.stdout


def test_applying_twice_is_no_second_revision(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    assert ringwork.json("apply", str(estate))["outcome"] == "unchanged"
    assert [each["revision"] for each in ringwork.json("revisions")] == [1]


def test_a_broken_api_stays_behind_with_a_located_finding_and_the_rest_goes_live(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    edit(estate / "apis/stock/api.yaml", "audience: public", "audience: pubic")
    edit(estate / "apis/orders/v1.yaml", "/orders/export:", "/orders/dump:")
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 2
    assert "apis/stock/api.yaml:3:11" in done.stdout and "public" in done.stdout
    assert calls(ringwork, "orders", "/orders/dump") == 200


def test_when_nothing_can_go_live_what_was_live_stays(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    edit(estate / "ringwork.yaml", "organization: acme", "organisation: acme")
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 2 and "ringwork.yaml:1:1" in done.stdout
    assert calls(ringwork, "stock", "/items") == 200


def test_a_revision_the_gateway_refuses_is_said_with_its_reason(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    (ringwork.state / "node/trust/manifest.pub").write_text("00" * 32 + "\n")
    edit(estate / "apis/stock/v1.yaml", "/items:", "/articles:")
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 1 and "signature_invalid" in done.stdout
    assert calls(ringwork, "stock", "/items") == 200


def test_other_listeners_restart_the_gateway_and_are_told(ringwork: Ringwork, estate: Path) -> None:
    before = ringwork.up(estate)
    edit(estate / "ringwork.yaml", "127.0.0.1:8443", "127.0.0.1:9443")
    assert ringwork.json("apply", str(estate))["outcome"] == "live"
    eventually(lambda: ringwork.endpoints()["rings"]["public"] != before["rings"]["public"])
    address = ringwork.endpoints()["rings"]["public"]["address"]
    socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))).close()


def test_without_a_control_plane_it_says_how_to_start_one(ringwork: Ringwork, estate: Path) -> None:
    done = ringwork.run("apply", str(estate))
    assert done.returncode == 2
    assert "not-running" in done.stderr and "ringwork up" in done.stderr and "Traceback" not in done.stderr


def test_a_killed_control_plane_is_not_mistaken_for_a_running_one(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    ringwork.kill()
    assert "not-running" in ringwork.run("apply", str(estate)).stderr


def test_rolling_back_is_a_new_revision_with_the_old_content(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    edit(estate / "apis/stock/v1.yaml", "/items:", "/articles:")
    ringwork.json("apply", str(estate))
    assert ringwork.json("rollback", "1")["revision"] == 3
    assert (calls(ringwork, "stock", "/articles"), calls(ringwork, "stock", "/items")) == (404, 200)
    assert ringwork.json("revisions")[0]["note"] == "rollback to 1"
    assert ringwork.json("apply", str(estate))["outcome"] == "live"
    assert calls(ringwork, "stock", "/articles") == 200


def test_one_cannot_go_back_to_what_never_was(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    done = ringwork.run("rollback", "7")
    assert done.returncode == 2 and "revision-unknown" in done.stderr

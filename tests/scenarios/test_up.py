"""`ringwork up`: ready, found again, ended; killed at the worst moment."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.support.locking import lock_exposure
from tests.support.running import Ringwork, command_line, eventually


def test_it_says_where_everything_is_when_it_is_ready(ringwork: Ringwork, estate: Path) -> None:
    endpoints = ringwork.up(estate)
    assert set(endpoints["rings"]) == {"internal", "partner", "public"}
    public = endpoints["rings"]["public"]
    assert public["base_url"] == f"https://localhost:{public['address'].rpartition(':')[2]}"
    assert public["hosts"] == ["api.acme.test", "localhost"]
    assert "BEGIN CERTIFICATE" in Path(public["ca_file"]).read_text()
    assert endpoints["gateway"]["revision"] == 1
    assert public["base_url"] in ringwork.output()


def test_what_is_private_is_readable_by_its_owner_only(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    assert stat.S_IMODE(ringwork.state.stat().st_mode) == 0o700
    private = [ringwork.state / "admin.token", *(ringwork.state / "control" / "keys").iterdir()]
    private += (ringwork.state / "node" / "tls").glob("*/key.pem")
    assert len(private) > 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_inner_and_outer_rings_are_trusted_by_different_authorities(ringwork: Ringwork, estate: Path) -> None:
    rings = ringwork.up(estate)["rings"]
    assert rings["internal"]["ca_file"] != rings["partner"]["ca_file"] == rings["public"]["ca_file"]


def test_ctrl_c_ends_everything_it_started(ringwork: Ringwork, estate: Path) -> None:
    pid = ringwork.up(estate)["gateway"]["pid"]
    assert ringwork.end(signal.SIGINT) == 0
    assert command_line(pid) == ""
    assert not (ringwork.state / "endpoints.json").exists()
    assert "Traceback" not in ringwork.output()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_while_it_starts_it_leaves_nothing_running(
    ringwork: Ringwork, estate: Path, number: signal.Signals
) -> None:
    ringwork.start(estate, "--ports", "auto")
    eventually((ringwork.state / "control" / "ringwork.db").exists)
    ringwork.end(number)
    assert "Traceback" not in ringwork.output()
    status = ringwork.state / "node" / "status.json"
    pid = json.loads(status.read_text())["pid"] if status.exists() else 0
    eventually(lambda: str(ringwork.state) not in command_line(pid))
    assert ringwork.up(estate)["gateway"]["revision"] == 1


def test_a_second_one_on_the_same_state_is_refused(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    second = ringwork.run("up", str(estate), "--ports", "auto")
    assert second.returncode == 2 and "already-up" in second.stderr
    assert ringwork.run("status").returncode == 0


def test_free_ports_stay_the_same_over_a_restart(ringwork: Ringwork, estate: Path) -> None:
    first = ringwork.up(estate)["rings"]
    ringwork.end()
    assert ringwork.up(estate)["rings"] == first


def test_an_unchanged_estate_is_no_new_revision_after_a_restart(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    ringwork.end()
    assert ringwork.up(estate)["gateway"]["revision"] == 1


def test_what_was_lost_or_tampered_with_on_disk_is_mended_by_the_next_start(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    ringwork.end()
    published = ringwork.state / "node" / "published"
    first, *others = (published / "objects").iterdir()
    first.unlink()
    for path in (*others, *(published / "manifests").iterdir()):
        path.write_bytes(path.read_bytes()[:-20])
    assert ringwork.up(estate)["gateway"]["revision"] == 2
    assert "Traceback" not in ringwork.output()


def test_a_taken_port_is_said_in_one_line_and_nothing_is_published(ringwork: Ringwork, estate: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        manifest = estate / "ringwork.yaml"
        manifest.write_text(manifest.read_text().replace("127.0.0.1:8443", address))
        done = ringwork.run("up", str(estate))
    assert done.returncode == 2
    assert address in done.stderr and "--ports auto" in done.stderr and "Traceback" not in done.stderr
    assert not (ringwork.state / "node" / "published" / "current").exists()


def test_an_estate_of_which_nothing_can_go_live_is_told_by_its_findings(
    ringwork: Ringwork, estate: Path
) -> None:
    (estate / "ringwork.yaml").write_text("organisation: acme\n")
    done = ringwork.run("up", str(estate), "--ports", "auto")
    assert done.returncode == 2
    assert "ringwork.yaml:1:1" in done.stdout and "Traceback" not in done.stdout + done.stderr


def test_one_broken_api_does_not_keep_the_others_from_going_live(ringwork: Ringwork, estate: Path) -> None:
    api = estate / "apis/stock/api.yaml"
    api.write_text(api.read_text().replace("audience: public", "audience: pubic"))
    ringwork.up(estate)
    assert "apis/stock/api.yaml" in ringwork.output()
    assert ringwork.run("call", "orders", "GET", "/orders/1", "--as", "billing").returncode == 0


def test_a_killed_gateway_comes_back_and_is_told(ringwork: Ringwork, estate: Path) -> None:
    pid = ringwork.up(estate)["gateway"]["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: ringwork.endpoints()["gateway"]["pid"] != pid)
    eventually(lambda: ringwork.run("call", "stock", "GET", "/items", "--as", "billing").returncode == 0)


def test_the_gateway_serves_on_when_the_control_plane_is_killed_and_is_adopted(
    ringwork: Ringwork, estate: Path
) -> None:
    pid = ringwork.up(estate)["gateway"]["pid"]
    ringwork.kill()
    assert (
        ringwork.run("call", "stock", "GET", "/items", "--as", "billing", "--ring", "internal").returncode
        == 0
    )
    assert ringwork.run("status").returncode == 1
    adopted = ringwork.up(estate)
    assert adopted["gateway"]["pid"] == pid
    assert ringwork.run("status").returncode == 0
    assert ringwork.end() == 0
    eventually(lambda: command_line(pid) == "")


def test_watching_applies_what_is_saved(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate, "--watch")
    document = estate / "apis/stock/v1.yaml"
    document.write_text(document.read_text().replace("/items:", "/articles:"))
    lock_exposure(estate)
    eventually(lambda: ringwork.run("call", "stock", "GET", "/articles", "--as", "billing").returncode == 0)


def test_endpoints_are_what_a_program_can_read(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    text = (ringwork.state / "endpoints.json").read_text()
    assert json.loads(text)["admin"]["url"].startswith("http://127.0.0.1:")
    assert (ringwork.state / "admin.token").read_text() not in text

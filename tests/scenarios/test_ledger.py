"""What is done to a running control plane is in the ledger, signed by itself, verified with the public key alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.running import Ringwork, eventually

CREATE = ("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")


def offline(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command where there is no state."""
    return subprocess.run(
        [sys.executable, "-m", "ringwork", "ledger", "verify", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def entries(export: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in export.read_text().splitlines()]
    return [each for each in found if "checkpoint" not in each]


def problems_of(ringwork: Ringwork) -> list[str]:
    """What is wrong with a state on which nothing runs."""
    problems: list[str] = json.loads(ringwork.run("status", "--format", "json").stdout)["problems"]
    return problems


def key_of(ringwork: Ringwork) -> str:
    done = ringwork.run("ledger", "key")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def made_over_http(ringwork: Ringwork) -> str:
    admin = ringwork.endpoints()["admin"]
    answer = httpx.post(
        f"{admin['url']}/keys",
        json={"ring": "public", "consumer": "dev", "plan": "free"},
        headers={"authorization": f"Bearer {Path(admin['token_file']).read_text().strip()}"},
        trust_env=False,
    )
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def test_an_auditor_verifies_what_was_done_and_by_whom(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    ringwork.up(estate)
    by_command, by_http = ringwork.json(*CREATE)["id"], made_over_http(ringwork)
    ringwork.end()  # from here on the store itself is asked
    ringwork.json("key", "revoke", by_command)
    checkpoint, export = tmp_path / "checkpoint", tmp_path / "export"
    checkpoint.write_text(ringwork.run("ledger", "checkpoint").stdout)
    ringwork.json(*CREATE)
    assert ringwork.run("ledger", "export", "--out", str(export)).returncode == 0
    done = [(each["action"], each["subject"], each["through"]) for each in entries(export)]
    assert done[:-1] == [
        ("revision.publish", "revision:1", "up"),
        ("key.create", f"key:{by_command}", "admin API"),
        ("key.create", f"key:{by_http}", "admin API"),
        ("key.revoke", f"key:{by_command}", "command"),
    ]
    words = (str(export), "--key", key_of(ringwork), "--checkpoint", str(checkpoint))
    verified = offline(tmp_path, *words)
    assert verified.returncode == 0 and "5 entries" in verified.stdout, verified.stdout + verified.stderr


def test_what_was_changed_in_an_export_is_told_with_its_line(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    ringwork.up(estate)
    ringwork.json(*CREATE)
    export = tmp_path / "export"
    ringwork.run("ledger", "export", "--out", str(export))
    key = key_of(ringwork)
    export.write_text(export.read_text().replace('"through":"admin API"', '"through":"somebody"'))
    changed = offline(tmp_path, str(export), "--key", key, "--format", "json")
    assert changed.returncode == 2
    (finding,) = json.loads(changed.stdout)["findings"]
    assert finding["code"] == "ledger-changed" and finding["line"] == len(export.read_text().splitlines())
    told = offline(tmp_path, str(export), "--key", key)
    assert "ledger-changed" in told.stdout and "Traceback" not in told.stderr


def test_a_running_control_plane_signs_by_itself(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    sealed = ringwork.state / "control/ledger.json"
    ringwork.json(*CREATE)
    eventually(lambda: sealed.exists() and json.loads(sealed.read_text())["size"] == 2)
    assert sealed.stat().st_mode & 0o077 == 0


def test_mistakes_are_said_in_a_line(ringwork: Ringwork, tmp_path: Path) -> None:
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    (tmp_path / "note").write_text("no note")
    for words, code in {
        ("export", "--key", "nonsense"): "ledger-key-malformed",
        ("nowhere", "--key", key): "file-unusable",
        ("export", "--key", key, "--checkpoint", "nowhere"): "file-unusable",
        ("export", "--key", key, "--checkpoint", "note"): "ledger-not-signed",
    }.items():
        done = offline(tmp_path, *words)
        assert done.returncode == 2 and code in done.stderr and "Traceback" not in done.stderr


def test_a_store_that_lost_what_was_signed_is_a_problem_of_the_status(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    ringwork.end()
    store = ringwork.state / "control/ringwork.db"
    earlier = store.read_bytes()
    ringwork.json(*CREATE)
    assert ringwork.run("ledger", "checkpoint").returncode == 0
    assert not any("ledger" in problem for problem in problems_of(ringwork))
    for path in store.parent.glob("ringwork.db*"):
        path.unlink()
    store.write_bytes(earlier)
    problems = problems_of(ringwork)
    assert any("that were signed of the ledger" in problem for problem in problems), problems

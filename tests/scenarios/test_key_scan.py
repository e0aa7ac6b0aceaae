"""`ringwork key scan`: a leaked key is found, told and ended, and never printed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ringwork.cli.runtime_commands import key_scan
from ringwork.control.native import mint_key
from ringwork.control.recognition import PATTERN
from tests.scenarios.conversation import Say
from tests.scenarios.test_key import PUBLIC, status
from tests.support.running import Ringwork


def test_a_leaked_key_is_told_and_ended_at_the_gateway(running: Ringwork, tmp_path: Path) -> None:
    made, kept = running.json(*PUBLIC), running.json(*PUBLIC)
    leak = tmp_path / "app.log"
    leak.write_text(f"one\nGET /?api_key={made['key']}&x=1\n{made['key']}\n")
    told = running.run("key", "scan", str(leak))
    assert told.returncode == 1 and made["key"] not in told.stdout + told.stderr
    assert told.stdout.splitlines()[0] == f"{leak}:2:15: key {made['id']} of dev/default (test): active"
    assert status(running, made["key"]) == 200
    ended = running.run("key", "scan", str(leak), "--revoke", "--format", "json")
    assert ended.returncode == 1 and made["key"] not in ended.stdout
    assert [each["revoked_now"] for each in json.loads(ended.stdout)["found"]] == [True, True]
    assert status(running, made["key"]) == 401 and status(running, kept["key"]) == 200
    assert ": revoked" in running.run("key", "scan", str(leak)).stdout


def test_it_reads_what_is_piped_in(running: Ringwork) -> None:
    made = running.json(*PUBLIC)
    told = running.run("key", "scan", "-", given=f"x {made['key']}")
    assert told.returncode == 1 and told.stdout.startswith(f"-:1:3: key {made['id']} ")
    assert running.run("key", "scan", "-", given="nothing").returncode == 0


def test_a_key_in_the_history_is_told_with_its_commit(running: Ringwork, tmp_path: Path) -> None:
    made = running.json(*PUBLIC)
    who = ("-c", "user.name=a", "-c", "user.email=a@acme.test")
    for text, words in ((made["key"], ("init", "--quiet")), (made["key"], ()), ("gone", ())):
        (tmp_path / "config").write_text(text)
        for command in [words] if words else [("add", "."), ("commit", "--quiet", "-m", "x")]:
            subprocess.run(["git", "-C", str(tmp_path), *who, *command], check=True, env=os.environ)
    told = running.run("key", "scan", "--git", str(tmp_path), "--format", "json")
    (found,) = json.loads(told.stdout)["found"]
    assert told.returncode == 1 and (found["file"], found["id"]) == ("config", made["id"])
    assert len(found["commit"]) == 40 and running.run("key", "scan", str(tmp_path)).returncode == 0


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a state directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_state_all_are_unknown_and_found_nevertheless(say: Say, elsewhere: Path) -> None:
    (elsewhere / "x").write_text(mint_key("production").secret)
    told = say("key", "scan", "x")
    assert told.code == 1 and "(production): unknown" in told.out
    assert not (elsewhere / ".ringwork").exists()


def test_a_state_that_was_named_or_is_needed_must_be_there(say: Say, elsewhere: Path) -> None:
    (elsewhere / "x").write_text("")
    for words in (("--state", "other"), ("--revoke",)):
        told = say("key", "scan", "x", *words)
        assert told.code == 2 and "state-missing" in told.err


def test_what_could_not_be_looked_at_fails_a_pipeline(say: Say, elsewhere: Path) -> None:
    told = say("key", "scan", "gone")
    assert told.code == 2 and "not read: gone: No such file" in told.err
    told = say("key", "scan", "gone", "--format", "json")
    assert told.code == 2 and told.json()["unread_count"] == 1


def test_what_was_not_asked_rightly_is_refused(say: Say, elsewhere: Path) -> None:
    assert "path-missing" in say("key", "scan").err
    assert "path-unusable" in say("key", "scan", "--git", "-").err
    assert "git-failed" in say("key", "scan", "--git", "gone").err


def test_what_is_listed_has_a_bound_and_all_is_counted(
    say: Say, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_scan, "MOST_LISTED", 3)
    (elsewhere / "x").write_text(f"{mint_key('dev').secret}\n" * 5)
    told = say("key", "scan", "x")
    assert told.out.count("unknown") == 3 and "2 more are not listed" in told.out
    report = say("key", "scan", "x", "--format", "json").json()
    assert (report["count"], len(report["found"])) == (5, 3)


def test_the_pattern_is_printed_for_other_scanners(say: Say) -> None:
    assert say("key", "scan", "--pattern").out == PATTERN + "\n"
    assert say("key", "scan", "--pattern", "--format", "json").json() == {"pattern": PATTERN}
    documented = (Path(__file__).resolve().parents[2] / "docs/leaked-keys.md").read_text()
    assert f"\n{PATTERN}\n" in documented

"""What a compiler that went wrong makes of an estate does not go live, and nothing changes for anyone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.running import Ringwork


@pytest.mark.parametrize("fault", ["operation-exposed-to-public", "requests-unheld", "status-added"])
def test_what_is_not_proven_is_not_published_and_what_was_live_stays(
    tmp_path: Path, estate: Path, fault: str
) -> None:
    chosen = tmp_path / "fault"
    wrong = [sys.executable, "-m", "tests.support.wrong_compiler", str(chosen)]
    ringwork = Ringwork(tmp_path / "state", program=wrong)
    try:
        ringwork.up(estate)
        before = _published(ringwork)
        chosen.write_text(fault)
        _rename(estate / "apis/stock/v1.yaml", "/items:", "/articles:")
        refused = ringwork.run("apply", str(estate))
        assert refused.returncode == 2 and "not proven" in refused.stdout, refused.stdout + refused.stderr
        assert _published(ringwork) == before
        assert (_status(ringwork, "/items"), _status(ringwork, "/articles")) == (200, 404)
        chosen.unlink()
        assert ringwork.json("apply", str(estate))["outcome"] == "live"
        assert (_status(ringwork, "/items"), _status(ringwork, "/articles")) == (404, 200)
    finally:
        ringwork.clean_up()


def _published(ringwork: Ringwork) -> dict[str, bytes]:
    """Everything a gateway can load."""
    published = ringwork.state / "node/published"
    files = (path for path in published.rglob("*") if path.is_file())
    return {str(path.relative_to(published)): path.read_bytes() for path in files}


def _status(ringwork: Ringwork, path: str) -> int:
    done = ringwork.run("call", "stock", "GET", path, "--as", "billing", "--format", "json")
    return int(json.loads(done.stdout)["status"]) if done.stdout else 0


def _rename(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

"""One command as a user types it: what came back, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ringwork.cli.main import main
from tests.support.locking import lock_exposure


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Say = Callable[..., Answer]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Run `ringwork WORDS…` in this process, in the folder of the test, where no state is: that of a
    `make demo` in the checkout is not asked.
    What is planned was reviewed, so the estate's lock says so.
    """
    monkeypatch.chdir(tmp_path)

    def said(*words: object) -> Answer:
        if words[0] == "plan" and len(words) > 1 and Path(str(words[1])).is_dir():
            lock_exposure(Path(str(words[1])))
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return said

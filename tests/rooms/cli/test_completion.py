"""What shells are told when somebody presses the tab key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-m", "ringwork"]


def completed(line: str, shell: str = "bash") -> list[str]:
    """What could stand where the last word of `line` begins."""
    words = line.split(" ")
    asked = {
        "_RINGWORK_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(PROGRAM, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ringwork part", ["partner"]),
        ("ringwork partner on", ["onboard"]),
        ("ringwork key create --ring p", ["partner", "public"]),
        ("ringwork key create --consu", ["--consumer"]),
        ("ringwork nothing", []),
    ],
)
def test_commands_options_and_values_are_completed(line: str, words: list[str]) -> None:
    assert completed(line) == words


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_what_it_is_for(shell: str) -> None:
    assert any("partner" in line for line in completed("ringwork part", shell))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_printed_is_for_that_shell(shell: str) -> None:
    done = subprocess.run([*PROGRAM, "completion", shell], capture_output=True, text=True, check=True)
    assert f"_RINGWORK_COMPLETE=complete_{shell}" in done.stdout


def test_bash_completes_by_it(tmp_path: Path) -> None:
    program = tmp_path / "ringwork"
    program.write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    script = (
        "source <(ringwork completion bash); COMP_WORDS=(ringwork gran); COMP_CWORD=1; "
        '_ringwork_completion ringwork; echo "${COMPREPLY[*]}"'
    )
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=os.environ | path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "grant\n"

"""Commands are found by name, and a command imports what it needs and no more."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ringwork.cli.commands import Commands
from ringwork.cli.main import main


@pytest.mark.parametrize("name", Commands())
def test_every_command_is_where_it_is_said_to_be(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"ringwork {name}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    words = capsys.readouterr().out.split()
    assert [name for name in Commands() if name not in words] == []


def test_what_is_no_command_is_said_with_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pland"]) == 1
    assert "Did you mean 'plan'" in capsys.readouterr().err


def test_a_command_that_needs_no_store_and_no_estate_imports_none() -> None:
    script = (
        "import sys; from ringwork.cli.main import main; main(['--version'])\n"
        "print(*sorted({'sqlalchemy', 'pydantic', 'fastapi', 'ringwork._native'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[1:] == [""]

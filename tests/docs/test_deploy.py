"""What `deploy/` says can be done: units are well-formed, commands and paths exist. No engine is needed."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from ringwork.cli.main import build

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
UNITS = ("ringwork.service", "ringwork-gateway.service")
# systemd.exec(5), systemd.service(5), systemd.kill(5): what these units use of them.
DIRECTIVES = {
    "User", "Group", "StateDirectory", "StateDirectoryMode", "Environment", "EnvironmentFile", "ExecStart",
    "ExecReload", "KillMode", "Restart", "RestartSec", "RestartPreventExitStatus", "TimeoutStopSec", "LimitNOFILE",
    "AmbientCapabilities", "CapabilityBoundingSet", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp",
    "PrivateDevices", "ProtectKernelTunables", "ProtectControlGroups", "RestrictAddressFamilies", "UMask",
}  # fmt: skip


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string((DEPLOY / name).read_text())
    return parsed


def options_of(command: Any, words: list[str]) -> set[str]:
    """All options the command named by the leading words has."""
    context = command.make_context("ringwork", [], resilient_parsing=True)
    found = command.get_command(context, words[0])
    return {option for parameter in found.params for option in parameter.opts}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_well_formed_and_its_command_exists(name: str) -> None:
    parsed = unit(name)
    assert parsed.sections() == ["Unit", "Service", "Install"]
    assert set(parsed["Service"]) <= DIRECTIVES
    _, *words = shlex.split(parsed["Service"]["ExecStart"])
    options = {word for word in words if word.startswith("--")}
    assert options <= options_of(build(), words)
    assert parsed["Service"]["StateDirectoryMode"] == "0700"
    assert f"/var/lib/{parsed['Service']['StateDirectory']}" in words


def test_the_gateway_outlives_its_supervisor_under_systemd() -> None:
    for name in UNITS:
        assert unit(name)["Service"]["KillMode"] == "process"


def test_a_reload_begins_anew_without_the_gateway() -> None:
    """`tests/scenarios/test_restart.py` shows what the signal does."""
    for name in UNITS:
        assert unit(name)["Service"]["ExecReload"] == "/bin/kill -USR2 $MAINPID"


def test_the_container_is_built_of_what_is_here_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    assert copied
    for source in (name for line in copied for name in line.split()):
        assert (REPOSITORY / source).exists(), source
    assert re.search(r"^USER ringwork$", text, re.MULTILINE)
    assert re.search(r"^VOLUME /state$", text, re.MULTILINE)
    version = re.search(r"rust-version = \"([\d.]+)\"", (REPOSITORY / "Cargo.toml").read_text())
    built_with = re.search(r"^FROM \S+/rust:([\d.]+)", text, re.MULTILINE)
    assert built_with is not None
    if version is not None:
        assert tuple(map(int, built_with[1].split("."))) >= tuple(map(int, version[1].split(".")[:2]))

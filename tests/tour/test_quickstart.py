"""docs/quickstart.md can be pasted as it is."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess

import pytest

from examples.runner.children import REPOSITORY, environment
from examples.runner.platform import program
from examples.runner.sockets import listen, port_of

_QUICKSTART = REPOSITORY / "docs" / "quickstart.md"
_SECONDS = 180
_BASE_URL = """$(python3 -c 'import json
print(json.load(open(".ringwork/endpoints.json"))["rings"]["public"]["base_url"])')"""

_END_WITH_THE_SHELL = "trap 'jobs -p | xargs -r kill' EXIT"


def _script() -> str:
    """Its commands, on ports that are free here; everything else as written."""
    with listen(0) as listener:
        port = port_of(listener)
    text = "\n".join(re.findall(r"```sh\n(.*?)```", _QUICKSTART.read_text(), re.DOTALL))
    text = text.replace("9200", str(port)).replace("ringwork up estate", "ringwork up estate --ports auto")
    return "\n".join((_END_WITH_THE_SHELL, text.replace("https://localhost:8443", _BASE_URL), "wait"))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a shell prints in which all of it is pasted, one command after the other."""
    folder = tmp_path_factory.mktemp("quickstart")
    tools = folder / "bin"
    tools.mkdir()
    (tools / "ringwork").write_text(f'#!/bin/sh\nexec {shlex.join(program())} "$@"\n')
    (tools / "ringwork").chmod(0o755)
    shell = subprocess.Popen(
        ["bash", "-m", "-e", "-c", _script()],
        cwd=folder,
        env=environment({"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = shell.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        output, _ = shell.communicate()
        log = folder / "ringwork.log"
        pytest.fail(f"{output}\n{log.read_text() if log.exists() else ''}")
    assert shell.returncode == 0, output
    return output


def test_a_developer_reads_a_note_by_command_and_by_curl(printed: str) -> None:
    assert printed.count('{"id": "1", "text": "Hello"}') == 2


def test_a_service_reads_the_statistics(printed: str) -> None:
    assert '{"notes": 1}' in printed


def test_for_a_developer_there_are_no_statistics(printed: str) -> None:
    assert '"code":"not_found"' in printed


def test_the_plan_says_what_the_change_would_expose(printed: str) -> None:
    assert re.search(r"partner ring starts to see 1 operation.*GET /statistics", printed, re.DOTALL)


def test_it_explains_and_sums_up(printed: str) -> None:
    assert "nobody labelled it, so it is internal" in printed
    assert re.search(r"^notes +\d", printed, re.MULTILINE)


def test_every_block_is_run() -> None:
    assert set(re.findall(r"^```(\w+)$", _QUICKSTART.read_text(), re.MULTILINE)) == {"sh"}

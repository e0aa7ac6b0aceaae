"""What the demos print works when pasted, and they end everything they started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.real.demo import CALLS, DOCUMENTS
from examples.runner.children import REPOSITORY, environment

_READY_SECONDS = 120.0
_END_SECONDS = 60.0
_LAST_LINE = "Ctrl-C ends everything."


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo and what it printed."""

    process: subprocess.Popen[bytes]
    printed: str

    def commands(self) -> list[tuple[str, str]]:
        """(the note above it, the command) for every printed `curl`."""
        found = []
        note = ""
        for line in self.printed.splitlines():
            if line.startswith("# "):
                note = line.removeprefix("# ")
            elif line.startswith("curl "):
                found.append((note, line))
        return found


@contextmanager
def _running(module: str, *arguments: str, log: Path) -> Iterator[Demo]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--ports", "auto", *arguments],
            cwd=REPOSITORY,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while _LAST_LINE not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Demo(process, log.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_END_SECONDS)


def _status(command: str) -> int:
    """Runs a pasted command in a shell and gives the HTTP status it met."""
    done = subprocess.run(
        ["bash", "-c", f"{command} -o /dev/null -w '%{{http_code}}'"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return int(done.stdout or 0)


def _descendants(pid: int) -> set[int]:
    """Everything started below a process, from /proc."""
    parent_of: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent_of[int(entry.name)] = int(
                    re.split(r"\) \S ", (entry / "stat").read_text())[-1].split()[0]
                )
            except (OSError, IndexError):
                continue
    found: set[int] = set()
    below = {pid}
    while below := {child for child, parent in parent_of.items() if parent in below} - found:
        found |= below
    return found


def _running_still(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and _cmdline(pid)}


def _cmdline(pid: int) -> bytes:
    """Empty for a zombie: it has ended, only nobody asked yet."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("acme")
    with _running("examples.acme.demo", "--state", str(folder / "state"), log=folder / "log") as demo:
        yield demo


def test_the_printed_calls_of_every_ring_work_when_pasted(acme: Demo) -> None:
    per_ring = {note.split(":")[0]: command for note, command in acme.commands()[:3]}
    assert per_ring.keys() == {"internal", "partner", "public"}
    assert {ring: _status(command) for ring, command in per_ring.items()} == dict.fromkeys(per_ring, 200)


def test_the_printed_differences_are_as_told(acme: Demo) -> None:
    told = [200, 404, 404, 404, 200, 200, 201, 200, 200]
    assert [_status(command) for _, command in acme.commands()[3:]] == told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_the_demo_started(number: int, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with _running("examples.acme.demo", "--state", str(state), log=tmp_path / "log") as demo:
        started = _descendants(demo.process.pid)
        assert len(started) >= 3, "services, control plane and gateway"
        os.kill(demo.process.pid, number)
        assert demo.process.wait(_END_SECONDS) == 0
        assert _running_still(started) == set()
        assert not (state / "endpoints.json").exists()


def test_a_second_start_uses_the_keys_of_the_first(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path / "state"))
    printed = []
    for attempt in ("first", "second"):
        with _running("examples.acme.demo", *arguments, log=tmp_path / attempt) as demo:
            printed.append(set(re.findall(r"X-Api-Key: (\S+)'", demo.printed)))
    assert printed[0] == printed[1] != set()


def _contract(operations: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    """A document with (path, method, operation id, tag); every answer is a small object."""
    paths: dict[str, Any] = {}
    for path, method, name, tag in operations:
        content = {"application/json": {"example": {"answer": name}}}
        parameters = [
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
            for each in re.findall(r"\{(\w+)\}", path)
        ]
        body = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
        paths.setdefault(path, {})[method] = {
            "operationId": name,
            "tags": [tag],
            "parameters": parameters,
            **(body if method == "post" else {}),
            "responses": {"200": {"description": "", "content": content}},
        }
    return {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}


def _small_corpus(folder: Path) -> Path:
    """Three documents that stand in for the real ones: the operations the demo calls, in the same words."""
    github = _contract(
        [
            ("/licenses", "get", "licenses/get-all-commonly-used", "licenses"),
            ("/repos/{owner}/{repo}/issues", "get", "issues/list-for-repo", "issues"),
            ("/orgs/{org}/actions/secrets", "get", "actions/list-org-secrets", "actions"),
            ("/user", "get", "users/get-authenticated", "users"),
        ]
    )
    profile = {"$ref": "#/components/schemas/private-user"}
    github["paths"]["/user"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = profile
    own = {"properties": {"answer": {"type": "string"}, "plan": {"type": "string"}}}
    github["components"] = {"schemas": {"private-user": {"type": "object"} | own}}
    documents = {
        "github": github,
        "adyen-checkout": _contract(
            [
                ("/paymentMethods", "post", "post-paymentMethods", "Payments"),
                ("/payments", "post", "post-payments", "Payments"),
            ]
        ),
        "digitalocean": _contract(
            [
                ("/v2/regions", "get", "regions_list", "Regions"),
                ("/v2/droplets/{droplet_id}", "get", "droplets_get", "Droplets"),
            ]
        ),
    }
    for api, document in documents.items():
        file = folder / "api" / DOCUMENTS[api]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
    return folder


def test_real_contracts_answer_on_the_rings_their_overlays_open(tmp_path: Path) -> None:
    corpus = _small_corpus(tmp_path / "corpus")
    arguments = ("--corpus", str(corpus), "--cache", str(tmp_path / "cache"))
    with _running("examples.real.demo", *arguments, log=tmp_path / "log") as demo:
        commands = [command for _, command in demo.commands()]
        assert [_status(command) for command in commands] == [call.status for call in CALLS]

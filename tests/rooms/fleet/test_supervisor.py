"""A gateway is kept running, adopted rather than fought, and ended only when it is ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import is_our_gateway, running_gateway
from ringwork.fleet.status import read_status, wait_for_word
from ringwork.fleet.supervisor import Supervisor
from tests.rooms.fleet.twin import twin

PATIENCE = 20.0


@pytest.fixture
def node(tmp_path: Path) -> NodeDirectory:
    return NodeDirectory(tmp_path / "node")


@pytest.fixture
def supervisor(tmp_path: Path, node: NodeDirectory) -> Iterator[Supervisor]:
    supervised = Supervisor(twin(tmp_path), node, say=lambda _: None)
    yield supervised
    supervised.stop()


def point(node: NodeDirectory, revision: int) -> None:
    (node.published / "new").write_text(f'{{"revision":{revision},"manifest":"m"}}')
    (node.published / "new").replace(node.published / "current")


def eventually(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_started_gateway_acknowledges_what_is_published(
    node: NodeDirectory, supervisor: Supervisor
) -> None:
    point(node, 1)
    supervisor.start()
    word = wait_for_word(node.status, 1, timeout=PATIENCE, witness=supervisor)
    assert word is not None and (word.revision, word.refusal) == (1, None)


def test_a_gateway_that_has_said_nothing_yet_is_known_to_run(tmp_path: Path, node: NodeDirectory) -> None:
    """It may hold its listeners already: they are not to be taken for another process's."""
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    supervisor = Supervisor(silent, node, say=lambda _: None)
    supervisor.start()
    try:
        assert running_gateway(node) is None
        assert supervisor.has_gateway
    finally:
        supervisor.stop()
    assert not supervisor.has_gateway


def test_a_killed_gateway_is_started_again(node: NodeDirectory, supervisor: Supervisor) -> None:
    point(node, 1)
    supervisor.start()
    wait_for_word(node.status, 1, timeout=PATIENCE, witness=supervisor)
    first = supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor.pid != first and supervisor.speaks())


def test_a_refusal_is_told_with_its_reason(node: NodeDirectory, supervisor: Supervisor) -> None:
    (node.root / "behaviour").write_text("refuses")
    point(node, 2)
    supervisor.start()
    word = wait_for_word(node.status, 2, timeout=PATIENCE, witness=supervisor)
    assert word is not None and word.refusal is not None
    assert (word.refusal.code, word.refusal.api) == ("object_missing", "orders")


def test_a_gateway_that_cannot_start_has_refused_and_says_why(
    node: NodeDirectory, supervisor: Supervisor
) -> None:
    (node.root / "behaviour").write_text("fails")
    supervisor.start()
    word = wait_for_word(node.status, 1, timeout=PATIENCE, witness=supervisor)
    assert word is not None and word.refusal is not None
    assert word.refusal.message == "the public ring cannot listen"


def test_a_gateway_that_keeps_failing_is_tried_again_and_not_given_up(
    node: NodeDirectory, supervisor: Supervisor
) -> None:
    (node.root / "behaviour").write_text("fails")
    supervisor.start()
    eventually(
        lambda: len((node.root / "starts").read_text()) >= 3 if (node.root / "starts").exists() else False
    )


def test_changed_listeners_restart_the_gateway(node: NodeDirectory, supervisor: Supervisor) -> None:
    (node.root / "behaviour").write_text("rebinds")
    point(node, 1)
    supervisor.start()
    wait_for_word(node.status, 1, timeout=PATIENCE, witness=supervisor)
    first = supervisor.pid
    point(node, 2)
    word = wait_for_word(node.status, 2, timeout=PATIENCE, witness=supervisor)
    assert word is not None and word.refusal is None
    # Twins both write status.json for a moment; a gateway falls silent when its successor has the sockets.
    eventually(lambda: supervisor.pid != first)


def test_a_gateway_left_by_a_killed_control_plane_is_adopted(
    tmp_path: Path, node: NodeDirectory, supervisor: Supervisor
) -> None:
    point(node, 1)
    orphan = subprocess.Popen([str(twin(tmp_path)), "--node", str(node.root)])
    try:
        eventually(lambda: running_gateway(node) is not None)
        supervisor.start()
        assert supervisor.pid == orphan.pid
        assert wait_for_word(node.status, 1, timeout=PATIENCE, witness=supervisor) is not None
        os.kill(orphan.pid, signal.SIGKILL)
        orphan.wait()
        eventually(lambda: supervisor.pid != orphan.pid and supervisor.speaks())
    finally:
        orphan.kill()
        orphan.wait()


def test_stop_ends_the_gateway_and_nothing_starts_it_again(tmp_path: Path, node: NodeDirectory) -> None:
    supervised = Supervisor(twin(tmp_path), node, say=lambda _: None)
    point(node, 1)
    supervised.start()
    wait_for_word(node.status, 1, timeout=PATIENCE, witness=supervised)
    pid = supervised.pid
    supervised.stop()
    assert pid is not None and not is_our_gateway(pid, node) and running_gateway(node) is None


def test_a_process_that_only_has_the_old_pid_is_not_ours(node: NodeDirectory) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        node.status.write_text(f'{{"pid": {other.pid}, "version": "1"}}')
        assert running_gateway(node) is None
    finally:
        other.kill()
        other.wait()


def test_a_gateway_of_another_node_directory_is_not_ours(tmp_path: Path, node: NodeDirectory) -> None:
    elsewhere = NodeDirectory(tmp_path / "elsewhere")
    point(elsewhere, 1)
    other = subprocess.Popen([str(twin(tmp_path)), "--node", str(elsewhere.root)])
    try:
        eventually(lambda: running_gateway(elsewhere) is not None)
        assert not is_our_gateway(other.pid, node)
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}', "[]"])
def test_a_status_that_cannot_be_read_says_nothing(node: NodeDirectory, text: str) -> None:
    node.status.write_text(text)
    assert read_status(node.status) is None

"""Probes: alive while the supervisor runs, ready while calls are served; on no ring."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import httpx

from tests.support.ports import free_port
from tests.support.running import Ringwork, eventually


def asked(port: int, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)


def test_ready_while_a_revision_is_served_and_alive_all_the_time(ringwork: Ringwork, estate: Path) -> None:
    port = free_port()
    pid = ringwork.up(estate, "--health", f"127.0.0.1:{port}")["gateway"]["pid"]
    assert asked(port, "/livez").text == "alive\n"
    assert asked(port, "/readyz").text == "ready\n"
    assert asked(port, "/elsewhere").status_code == 404
    shutil.rmtree(ringwork.state / "node/identity")
    eventually(lambda: asked(port, "/readyz").status_code == 503)
    assert asked(port, "/livez").status_code == 200
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: "ended" in ringwork.output())
    assert asked(port, "/livez").status_code == 200


def test_a_taken_address_is_said(ringwork: Ringwork, estate: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        up = ringwork.start(estate, "--ports", "auto", "--health", f"127.0.0.1:{taken.getsockname()[1]}")
        assert up.wait(60) == 2
    assert "listener-taken" in ringwork.output()

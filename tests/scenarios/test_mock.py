"""`ringwork mock`: the contract of an API answers, as a ring sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.scenarios.conversation import Say
from tests.support.estates import write_estate


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write_estate(tmp_path / "estate", 9)


@contextmanager
def mock(*words: object) -> Iterator[httpx.Client]:
    """A client of a mock that runs."""
    command = [sys.executable, "-m", "ringwork", "mock", *map(str, words), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"}
    ) as process:
        assert process.stdout is not None
        try:
            where = re.search(r"http://\S+", process.stdout.readline())
            assert where is not None
            with httpx.Client(base_url=where[0], trust_env=False) as client:
                yield client
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_a_ring_is_answered_for_what_it_sees_and_no_more(estate: Path) -> None:
    with mock("orders", "--ring", "public", "--estate", estate) as client:
        assert client.get("/orders/7").status_code == 200
        assert client.get("/shop/v1/orders/7").status_code == 200
        assert client.get("/orders/export").status_code == 200  # "export" is an order's id here
        assert client.post("/orders").status_code == 404
    with mock("orders", "--estate", estate) as client:
        assert client.post("/orders").status_code == 200
        assert client.post("/orders", content=b"x" * 2_000_000).status_code == 413


def test_a_document_without_an_estate_is_answered_whole(tmp_path: Path) -> None:
    write_estate(tmp_path, 9)
    with mock(tmp_path / "apis/orders/v1.yaml") as client:
        assert client.post("/orders").status_code == 200
        assert client.get("/nothing").headers["content-type"] == "application/problem+json"


def test_what_cannot_be_mocked_is_refused_with_what_to_do(say: Say, estate: Path) -> None:
    assert "api-unknown" in say("mock", "order", "--estate", estate).err
    assert "ring-unknown" in say("mock", "orders", "--ring", "all", "--estate", estate).err
    assert "ring-unknown" in say("mock", estate / "apis/orders/v1.yaml", "--ring", "public").err
    assert "address-invalid" in say("mock", "orders", "--listen", "4010", "--estate", estate).err

"""A real Chromium, and acme on three rings to look at. A missing browser is a failure: `make test` installs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.running import Ringwork

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme" / "estate"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "Debian's package `chromium` is needed: make test installs it"
    # Chromium's sandbox needs another user than root; what is opened here is our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ringwork]:
    """Its rings and what can be read of them; its services are not asked for anything."""
    started = Ringwork(tmp_path_factory.mktemp("acme") / "state")
    try:
        started.up(ACME)
        yield started
    finally:
        started.clean_up()

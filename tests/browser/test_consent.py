"""The pages users of APIs see, in a real browser: they work without a script, in no frame, and lead where they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.scenarios.test_oauth_users import App, Waiting, public_client, with_users
from tests.support.estates import write_estate
from tests.support.identity_provider.provider import SECRET, IdentityProvider
from tests.support.ports import free_port
from tests.support.running import Ringwork


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Whatever a page of ours tries that its policy forbids is an error here."""
    context = browser.new_context(java_script_enabled=request.param)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda each: said.append(each.text) if each.type == "error" else None)
    yield opened
    context.close()
    assert [each for each in said if "Content Security Policy" in each] == []


@pytest.fixture
def ringwork(tmp_path: Path) -> Iterator[Ringwork]:
    started = Ringwork(tmp_path / "state")
    yield started
    started.clean_up()


def test_a_user_reads_what_is_asked_allows_it_and_takes_it_back(
    ringwork: Ringwork, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGWORK_TEST_IDP", SECRET)
    issuer, waiting = f"http://127.0.0.1:{free_port()}", Waiting()
    idp = IdentityProvider(issuer, redirect_uris=[f"{issuer}/authorize/callback"])
    try:
        idp.person("c-7", name="Alice", groups=["gold"])
        ringwork.up(with_users(write_estate(tmp_path / "estate", 9), issuer, idp))
        app = App(public_client(ringwork), issuer, waiting.url)
        page.goto(app.asks(scope="orders:read"))
        page.wait_for_url(re.compile(re.escape(idp.issuer)))
        page.get_by_placeholder("Enter any login").fill("c-7")
        page.get_by_placeholder("and password").fill("x")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="May shop act for you?")).to_be_visible()
        expect(page.get_by_text("See your orders")).to_be_visible()
        expect(page.get_by_text("Alice")).to_be_visible()
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("Welcome")).to_be_visible()
        assert app.redeems(f"http://127.0.0.1{waiting.came[0]}")["scope"] == "orders:read"

        page.goto(app.asks())
        expect(page.get_by_text("Cancel your orders")).to_be_visible()
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_text("Welcome")).to_be_visible()
        assert "error=access_denied" in waiting.came[-1]

        page.goto(f"{issuer}/authorize/allowed")
        expect(page.get_by_role("heading", name="shop, of ada")).to_be_visible()
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_text("No application may act for you.")).to_be_visible()

        page.goto("about:blank")
        page.set_content(f'<iframe src="{issuer}/authorize/allowed"></iframe>')
        expect(page.frame_locator("iframe").get_by_text("act for you")).to_have_count(0)
    finally:
        idp.stop()
        waiting.close()

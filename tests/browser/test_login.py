"""The pages people log in with, in a real browser: they work without a script, and lead where they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.scenarios.test_people import OPERATIONS, PEOPLE, Login
from tests.support.estates import write_estate
from tests.support.identity_provider.provider import CLIENT, SECRET, IdentityProvider
from tests.support.ports import free_port
from tests.support.running import Ringwork, eventually

PASSWORD = "long enough, and nobody's"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Whatever a page of ours tries that its policy forbids is an error here."""
    context = browser.new_context()
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda each: said.append(each.text) if each.type == "error" else None)
    yield opened
    context.close()
    assert [each for each in said if "Content Security Policy" in each] == []


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("RINGWORK_TEST_IDP", SECRET)


@pytest.fixture
def ringwork(tmp_path: Path) -> Iterator[Ringwork]:
    started = Ringwork(tmp_path / "state")
    yield started
    started.clean_up()


def allowed(page: Page, login: Login) -> None:
    """The last page shows the code the command shows; then the browser is at the command."""
    expect(page.get_by_text(login.finds(r"code ([A-Z-]{9})"), exact=True)).to_be_visible()
    page.get_by_role("button", name="allow it").click()
    expect(page.get_by_role("heading", name="Go back to the terminal")).to_be_visible()
    code, said = login.ends()
    assert code == 0, said


def test_the_first_operator_joins_and_logs_in(ringwork: Ringwork, page: Page, tmp_path: Path) -> None:
    ringwork.up(write_estate(tmp_path / "estate", 9))
    eventually(lambda: "/join/" in ringwork.output())
    link = re.search(r"http://\S+/join/\S+", ringwork.output())
    assert link is not None
    page.goto(link[0])
    page.get_by_label("Name, to log in with").fill("alice")
    page.get_by_label("Password, of").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    login = Login("--print-url", "--state", str(ringwork.state))
    page.goto(login.finds(r"(http://\S+/login/authorize\S+)"))
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    allowed(page, login)
    assert ringwork.json("whoami")["name"] == "alice"


def test_the_organisations_login_leads_there_and_back(ringwork: Ringwork, page: Page, tmp_path: Path) -> None:
    admin = f"127.0.0.1:{free_port()}"
    idp = IdentityProvider(f"http://{admin}")
    try:
        idp.person("alice", name="Alice", groups=["acme-platform"])
        estate = write_estate(tmp_path / "estate", 9)
        said = PEOPLE.format(url=f"http://{admin}", issuer=idp.issuer, client=CLIENT)
        (estate / "ringwork.yaml").write_text((estate / "ringwork.yaml").read_text() + said)
        (estate / "groups").mkdir()
        (estate / "groups/platform-operations.yaml").write_text(OPERATIONS)
        ringwork.up(estate, "--admin", admin)
        login = Login("--device", "--url", f"http://{admin}")
        page.goto(f"http://{admin}/login")
        page.get_by_label("The code").fill(login.finds(r"([A-Z]{4}-[A-Z]{4})"))
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(re.compile(re.escape(idp.issuer)))
        page.get_by_placeholder("Enter any login").fill("alice")
        page.get_by_placeholder("and password").fill("x")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Alice")).to_be_visible()
        page.get_by_role("button", name="allow it").click()
        expect(page.get_by_role("heading", name="You are logged in")).to_be_visible()
        code, told = login.ends()
        assert code == 0 and "You are Alice, in platform-operations" in told
    finally:
        idp.stop()

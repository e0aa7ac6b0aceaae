"""What readers of a ring see in their browser: its operations, no others, and nobody hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.running import Ringwork

# Of acme's orders v2: what each ring is served, and what none but the rings before it is.
SEEN = {
    "internal": ["/orders", "/orders/{orderId}", "/orders/export"],
    "partner": ["/orders", "/orders/{orderId}"],
    "public": ["/orders/{orderId}"],
}
HIDDEN = {
    "internal": [],
    "partner": ["/orders/export"],
    "public": ["/orders/export", "/orders/bulk"],
}


@dataclass
class Reader:
    """A page of one ring's site, and all its browser asked for or had to say."""

    page: Page
    url: str
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def opens(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    @property
    def asked_elsewhere(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((f"{self.url}/", "data:"))]


@pytest.fixture(params=list(SEEN))
def ring(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reader(browser: Browser, acme: Ringwork, ring: str) -> Iterator[Reader]:
    context = browser.new_context()
    opened = Reader(context.new_page(), acme.endpoints()["rings"][ring]["documentation"])
    opened.page.on("request", lambda request: opened.asked.append(request.url))
    opened.page.on("console", lambda message: opened.said.append(message.text))
    opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
    yield opened
    context.close()


def paths(page: Page) -> list[str]:
    """Of the operations shown, in order."""
    expect(page.locator(".opblock").first).to_be_visible()
    shown = page.locator(".opblock-summary-path").all()
    return [(one.get_attribute("data-path") or "") for one in shown]


def test_a_reference_shows_what_its_ring_is_served_and_nothing_else(reader: Reader, ring: str) -> None:
    page = reader.opens("/apis/orders/v2")
    shown = paths(page)
    assert set(SEEN[ring]) <= set(shown), shown
    text = page.content()
    for path in HIDDEN[ring]:
        assert path not in shown and path not in text


def test_a_browser_asks_nobody_else_and_has_nothing_to_complain_of(reader: Reader) -> None:
    page = reader.opens("/apis/orders/v2")
    paths(page)
    page.locator(".opblock-summary-control").first.click()
    expect(page.locator(".opblock-body").first).to_be_visible()
    assert reader.asked_elsewhere == []
    assert reader.said == []


def test_a_reader_finds_the_way_from_the_index_to_an_operation_and_to_an_error(
    reader: Reader, ring: str
) -> None:
    page = reader.opens("/")
    expect(page.locator("header .ring")).to_have_text(ring)
    page.get_by_role("link", name="orders v2").click()
    assert paths(page)
    page.get_by_role("link", name="Errors").click()
    page.get_by_role("link", name="rate_limited").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many requests")
    assert reader.asked_elsewhere == [] and reader.said == []


def test_nothing_can_be_called_from_a_reference(reader: Reader) -> None:
    page = reader.opens("/apis/orders/v2")
    paths(page)
    page.locator(".opblock-summary-control").first.click()
    expect(page.locator(".opblock-body").first).to_be_visible()
    for button in ("Try it out", "Authorize"):
        assert page.get_by_role("button", name=button).count() == 0
    blocked = page.evaluate("fetch('https://elsewhere.example/').then(() => 'sent', error => 'blocked')")
    assert blocked == "blocked" and any("Content Security Policy" in text for text in reader.said)

"""`ringwork partner onboard`: from a record to calls that are answered, in the sandbox and in production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scenarios.test_documentation import documented
from tests.scenarios.test_key import status
from tests.support.running import Ringwork
from tests.support.upstream import Upstream

SANDBOX = """\
apis:
  orders: { upstream: "mock:" }
  stock: { upstream: "mock:" }
"""
INITECH = """\
title: Initech <Ltd>
description: Prints reports.
limits: { per_minute: 120, per_day: 4000 }
networks: [127.0.0.0/8]
sla: { tier: premium, overrides: { latency_p95_ms: 250 } }
support: { contact: Peter, escalation: [Bob] }
"""
HANDOVER = "/handover/"
CALL = ("orders", "GET", "/orders/1", "--ring", "partner")


@pytest.fixture
def estate(tmp_path: Path, upstream: Upstream) -> Path:
    estate = documented(tmp_path / "estate", upstream)
    (estate / "environments").mkdir()
    (estate / "environments/sandbox.yaml").write_text(SANDBOX)
    return estate


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Ringwork]:
    started = Ringwork(tmp_path / "sandbox")
    try:
        yield started
    finally:
        started.clean_up()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    file = tmp_path / "initech.yaml"
    file.write_text(INITECH)
    return file


class Comer:
    """Brings a partner on, and is it."""

    def __init__(self, ringwork: Ringwork, estate: Path, page: Path) -> None:
        self.ringwork = ringwork
        self.estate = estate
        self.page = page

    def come(self, record: Path, *more: str) -> Any:
        words = (str(record), "--estate", str(self.estate), "--output", str(self.page), *more)
        return self.ringwork.json("partner", "onboard", *words)

    def site(self) -> str:
        found: str = self.ringwork.endpoints()["rings"]["partner"]["documentation"]
        return found

    def opened(self, link: str, method: str = "POST") -> httpx.Response:
        path = link[link.index(HANDOVER) :]
        return httpx.request(method, f"{self.site()}{path}", trust_env=False)


@pytest.fixture
def comer(ringwork: Ringwork, estate: Path, tmp_path: Path) -> Comer:
    ringwork.up(estate)
    return Comer(ringwork, estate, tmp_path / "agreement.html")


def keys_in(page: str) -> list[str]:
    return [each.partition("<")[0] for each in page.split('<code class="secret">')[1:]]


def test_a_record_becomes_keys_that_work_in_both_environments(
    comer: Comer, sandbox: Ringwork, record: Path
) -> None:
    sandbox.up(comer.estate, "--environment", "sandbox")
    told = comer.come(record, "--sandbox", str(sandbox.state))
    assert [each["environment"] for each in told["environments"]] == ["sandbox", "test"]
    assert (comer.estate / "partners/initech.yaml").read_text() == INITECH

    before = comer.opened(told["link"], "GET")
    assert before.status_code == 200 and "rw_" not in before.text and "API key, sandbox" in before.text
    first, second = keys_in(comer.opened(told["link"]).text)
    assert status(sandbox, first, *CALL) == 200  # a mock
    assert status(comer.ringwork, second, *CALL) == 200
    assert status(comer.ringwork, first, *CALL) == 401

    again = comer.opened(told["link"])
    assert "rw_" not in again.text and "They were read at" in again.text
    assert keys_in(comer.opened(told["link"], "GET").text) == []


def test_the_page_says_what_was_agreed_and_holds_no_key(comer: Comer, record: Path) -> None:
    told = comer.come(record)
    key = keys_in(comer.opened(told["link"]).text)[0]
    for _ in range(3):
        status(comer.ringwork, key, *CALL)
    page = comer.page.read_text()
    assert key not in page and told["link"] in page
    for said in (
        "Initech &lt;Ltd&gt;",
        "4,000",
        "120",
        "premium",
        "latency p95",
        "Peter",
        "Bob",
        "127.0.0.0/8",
    ):
        assert said in page, said
    assert "/orders/export" not in page and "/orders/{orderId}" in page
    assert comer.page.stat().st_mode & 0o077 == 0


def test_run_again_it_finds_what_was_done(comer: Comer, record: Path) -> None:
    first, again = comer.come(record), comer.come(record)
    assert again["environments"] == first["environments"] and again["link"] != first["link"]
    assert len(comer.ringwork.json("key", "list")) == 1
    comer.ringwork.run("key", "revoke", first["environments"][0]["key"])
    third = comer.come(record)
    assert third["environments"][0]["key"] != first["environments"][0]["key"]


def test_a_record_that_is_wrong_comes_nowhere(comer: Comer, record: Path) -> None:
    record.write_text(INITECH.replace("per_minute: 120", "per_minute: -1"))
    done = comer.ringwork.run("partner", "onboard", str(record), "--estate", str(comer.estate))
    assert done.returncode == 2 and "partners/initech.yaml:3:" in done.stdout
    assert not (comer.estate / "partners/initech.yaml").exists()
    assert not any(each["name"] == "initech" for each in comer.ringwork.json("account", "list"))


def test_what_else_changed_does_not_go_live_with_a_partner(comer: Comer, record: Path) -> None:
    plan = comer.estate / "plans/free.yaml"
    plan.write_text(plan.read_text().replace("per_minute: 60", "per_minute: 61"))
    done = comer.ringwork.run("partner", "onboard", str(record), "--estate", str(comer.estate))
    assert done.returncode != 0 and "plan free" in done.stderr
    assert not (comer.estate / "partners/initech.yaml").exists()


def test_another_record_of_the_name_is_not_written_over(comer: Comer, record: Path) -> None:
    comer.come(record)
    record.write_text(INITECH.replace("4000", "9000"))
    done = comer.ringwork.run("partner", "onboard", str(record), "--estate", str(comer.estate))
    assert done.returncode != 0 and "another record of initech" in done.stderr


def test_a_link_opens_on_the_ring_it_is_for_alone(comer: Comer, record: Path) -> None:
    link = comer.come(record)["link"]
    path = link[link.index(HANDOVER) :]
    public = comer.ringwork.endpoints()["rings"]["public"]["documentation"]
    missing = httpx.post(f"{public}/handover/{'x' * 47}", trust_env=False)
    for method in ("GET", "POST"):
        elsewhere = httpx.request(method, f"{public}{path}", trust_env=False)
        assert (elsewhere.status_code, elsewhere.text) == (404, missing.text)
    assert keys_in(comer.opened(link).text)


def test_nothing_reads_the_secrets_by_looking(comer: Comer, record: Path) -> None:
    link = comer.come(record)["link"]
    for method in ("GET", "HEAD", "PUT", "OPTIONS"):
        comer.opened(link, method)
    answer = comer.opened(link)
    assert keys_in(answer.text) and answer.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_without_a_site_keys_are_shown_once(ringwork: Ringwork, tmp_path: Path, upstream: Upstream) -> None:
    from tests.support.estates import write_estate

    estate = write_estate(tmp_path / "bare", upstream.port)
    ringwork.up(estate)
    comer = Comer(ringwork, estate, tmp_path / "agreement.html")
    told = comer.come(estate / "partners/globex.yaml")
    assert told["link"] is None and "from your contact" in comer.page.read_text()
    assert status(ringwork, told["keys"]["test"], *CALL) == 200
    assert told["keys"]["test"] not in json.dumps({name: told[name] for name in told if name != "keys"})

"""`ringwork call`: the right URL, host, certificate and version for an API's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.running import Ringwork
from tests.support.upstream import Upstream


def test_a_service_calls_by_the_contracts_own_path(running: Ringwork, upstream: Upstream) -> None:
    done = running.run("call", "orders", "GET", "/orders/export?since=1", "--as", "billing")
    assert done.returncode == 0 and "200 OK" in done.stderr
    assert json.loads(done.stdout)["path"] == "/orders-service/orders/export?since=1"
    headers = upstream.seen[-1]["headers"]
    assert (headers["x-ringwork-consumer"], headers["x-ringwork-ring"]) == ("billing", "internal")


def test_body_and_headers_are_sent(running: Ringwork, upstream: Upstream) -> None:
    words = (
        "call",
        "orders",
        "POST",
        "/orders",
        "--as",
        "billing",
        "--data",
        '{"sku":1}',
        "--header",
        "X-Test: 7",
    )
    assert running.run(*words).returncode == 0
    seen = upstream.seen[-1]
    assert seen["body"] == '{"sku":1}'
    assert (seen["headers"]["content-type"], seen["headers"]["x-test"]) == ("application/json", "7")


def test_an_error_of_the_gateway_is_shown_and_is_the_exit_code(running: Ringwork) -> None:
    done = running.run("call", "orders", "GET", "/nothing", "--as", "billing")
    assert done.returncode == 2 and "404" in done.stderr and "not_found" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ordrs", "GET", "/x", "--as", "b"), 'Did you mean "orders"?'),
        (("orders", "GET", "/x", "--as", "b", "--version", "v7"), "version-unknown"),
        (("orders", "GET", "/x", "--as", "b", "--data", "@/nowhere"), "body-unreadable"),
        (("orders", "GET", "/x", "--as", "no/body"), "service-malformed"),
    ],
)
def test_mistakes_are_told_in_a_line(running: Ringwork, words: tuple[str, ...], told: str) -> None:
    done = running.run("call", *words)
    assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr


def test_an_api_of_another_ring_is_said_to_be_there(ringwork: Ringwork, estate: Path) -> None:
    contract = estate / "apis/stock/v1.yaml"
    contract.write_text(contract.read_text().replace("x-audience: public, ", ""))
    ringwork.up(estate)
    done = ringwork.run("call", "stock", "GET", "/items", "--ring", "public")
    assert done.returncode == 2 and "It is on: internal" in done.stderr


def test_what_the_gateway_was_given_can_be_read(running: Ringwork) -> None:
    done = running.run("bundle", "show", "orders@v1/public")
    assert json.loads(done.stdout)["ring"] == "public"
    unknown = running.run("bundle", "show", "orders@v1/publc")
    assert unknown.returncode == 2 and "orders@v1/public" in unknown.stderr

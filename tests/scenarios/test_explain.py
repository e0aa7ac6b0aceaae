"""`ringwork explain`: the gateway's own answer, and the line that decided it."""

from __future__ import annotations

import json
import ssl
from typing import Any

import httpx
import pytest

from tests.support.running import Ringwork


@pytest.fixture(scope="module")
def key(running: Ringwork) -> str:
    made: dict[str, Any] = running.json(
        "key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free"
    )
    return str(made["key"])


CALLS = [
    ("GET", "/shop/v1/orders/42"),
    ("GET", "/shop/v1/orders/export"),
    ("GET", "/shop/v1/orders/%65xport"),
    ("POST", "/shop/v1/orders"),
    ("GET", "/shop/v2/orders/42"),
    ("GET", "/nothing"),
    ("GET", "/shop/v1/orders/a%2Fb"),
]


@pytest.mark.parametrize(("method", "target"), CALLS)
def test_it_says_what_the_gateway_answers(running: Ringwork, key: str, method: str, target: str) -> None:
    ring = running.endpoints()["rings"]["public"]
    explained = running.json("explain", method, ring["base_url"] + target, "--ring", "public", "--key", key)
    answered = httpx.request(
        method,
        httpx.URL(ring["base_url"], raw_path=target.encode()),
        headers={"x-api-key": key},
        verify=ssl.create_default_context(cafile=ring["ca_file"]),
        trust_env=False,
    )
    foretold = 200 if explained["verdict"] == "forward" else explained["status"]
    assert answered.status_code == foretold


def test_a_hidden_operation_is_named_with_the_place_that_hides_it(running: Ringwork, key: str) -> None:
    done = running.run("explain", "GET", "/shop/v1/orders/export", "--key", key)
    assert done.returncode == 0
    assert "exportOrders" in done.stdout and "nobody labelled it" in done.stdout
    assert "apis/orders/v1.yaml:10:5" in done.stdout and "404 not_found" in done.stdout


def test_a_visible_one_is_named_with_the_label_that_opens_it(running: Ringwork, key: str) -> None:
    explained = running.json("explain", "GET", "/shop/v1/orders/42", "--key", key)
    (operation,) = explained["declared"]
    assert (operation["id"], operation["published"]) == ("getOrder", "public")
    assert operation["decided_at"] == "apis/orders/v1.yaml:6:24"
    assert explained["places"]["plan"] == "plans/free.yaml:1:1"
    assert explained["places"]["upstream"].startswith("apis/orders/api.yaml:4:")


def test_a_service_is_judged_by_its_certificate(running: Ringwork) -> None:
    explained = running.json("explain", "GET", "/shop/v1/orders/export", "--as", "billing")
    assert explained["verdict"] == "forward"
    assert explained["caller"]["application"] == "spiffe://acme.test/billing"


def test_explaining_takes_nothing_from_a_limit(running: Ringwork, key: str) -> None:
    def left() -> list[str]:
        explained = running.json("explain", "GET", "/shop/v1/orders/42", "--key", key)
        return [step["detail"]["left"] for step in explained["steps"] if step["step"] == "quota"]

    assert left() == left() == ["59"]


def test_a_call_of_the_log_is_explained_by_its_request_id(running: Ringwork, key: str) -> None:
    called = json.loads(
        running.run("call", "orders", "GET", "/orders/export", "--key", key, "--format", "json").stdout
    )
    request_id = dict(called["headers"])["x-request-id"]
    done = running.run("explain", "--request-id", request_id)
    assert done.returncode == 0
    assert "404 not_found" in done.stdout and "apis/orders/v1.yaml:10:5" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "call-missing"),
        (("GET",), "call-missing"),
        (("--request-id", "never"), "request-unknown"),
        (("GET", "/x", "--ring", "public", "--header", "nonsense"), "header-malformed"),
        (("GET", "/x", "--ring", "public", "--address", "nowhere"), "request-malformed"),
        (("GET", "/x", "--key", "rw_test_unknown"), "ring-missing"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_a_line(
    running: Ringwork, words: tuple[str, ...], code: str
) -> None:
    done = running.run("explain", *words)
    assert done.returncode == 2 and code in done.stderr and "Traceback" not in done.stderr

"""`ringwork export openapi`: what a ring is served, as a document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.audience import RINGS
from tests.scenarios.conversation import Say
from tests.support.estates import write, write_estate

SERVED = {
    "internal": {"/orders/{orderId}", "/orders", "/orders/export"},
    "partner": {"/orders/{orderId}", "/orders"},
    "public": {"/orders/{orderId}"},
}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return write_estate(tmp_path / "estate", 9)


@pytest.mark.parametrize("ring", [ring.label for ring in RINGS])
def test_each_ring_gets_the_operations_it_is_served_at_its_own_address(
    say: Say, estate: Path, ring: str
) -> None:
    document = say(
        "export", "openapi", "orders", "--ring", ring, "--format", "json", "--estate", estate
    ).json()
    assert document["paths"].keys() == SERVED[ring]
    port = {"internal": 8441, "partner": 8442, "public": 8443}[ring]
    host = {"internal": "internal", "partner": "partner", "public": "api"}[ring]
    assert document["servers"] == [{"url": f"https://{host}.acme.test:{port}/shop/v1"}]
    assert ("x-audience" in json.dumps(document)) is (ring == "internal")


def test_an_operation_whose_path_the_ring_may_not_write_is_not_described_either(
    say: Say, estate: Path
) -> None:
    contract = (estate / "apis/orders/v1.yaml").read_text()
    narrowed = contract.replace("{ name: orderId,", "{ name: orderId, x-audience: partner,")
    write(estate / "apis/orders/v1.yaml", narrowed)
    answer = say("export", "openapi", "orders", "--ring", "public", "--estate", estate)
    assert answer.code == 2 and "api-unknown" in answer.err


def test_an_api_the_ring_does_not_know_is_answered_like_one_that_does_not_exist(
    say: Say, estate: Path
) -> None:
    write(
        estate / "apis/orders/api.yaml",
        (estate / "apis/orders/api.yaml").read_text().replace("public", "internal"),
    )
    hidden = say("export", "openapi", "orders", "--ring", "public", "--estate", estate)
    missing = say("export", "openapi", "others", "--ring", "public", "--estate", estate)
    assert (hidden.code, hidden.err) == (missing.code, missing.err.replace("others", "orders"))


def test_a_file_is_written_in_yaml(say: Say, estate: Path, tmp_path: Path) -> None:
    out = tmp_path / "orders.yaml"
    assert say("export", "openapi", "orders", "--ring", "partner", "--out", out, "--estate", estate).code == 0
    assert out.read_text().startswith('openapi: "3.1.0"\ninfo:\n  title: Orders\n')


def test_a_version_nobody_has_is_refused_with_those_there_are(say: Say, estate: Path) -> None:
    answer = say("export", "openapi", "orders", "--ring", "public", "--version", "v2", "--estate", estate)
    assert answer.code == 2 and "version-unknown" in answer.err and "v1" in answer.err


def test_errors_keep_a_document_back_as_they_keep_the_api_back(say: Say, estate: Path) -> None:
    write(estate / "apis/orders/v1.yaml", "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: []\n")
    answer = say("export", "openapi", "orders", "--ring", "public", "--estate", estate)
    assert answer.code == 2 and "api-broken" in answer.err

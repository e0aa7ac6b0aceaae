"""`ringwork status`: the truth, also when things are not as they should be; and states that cannot be used."""

from __future__ import annotations

import base64
import hashlib
import re
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.ports import free_port
from tests.support.running import Ringwork, eventually


def test_all_is_well_when_the_gateway_serves_what_is_published(ringwork: Ringwork, estate: Path) -> None:
    endpoints = ringwork.up(estate)
    found = ringwork.json("status")
    assert found["healthy"] and found["published"] == 1
    assert found["gateway"]["pid"] == endpoints["gateway"]["pid"]
    assert endpoints["rings"]["public"]["base_url"] in ringwork.run("status").stdout


def test_the_published_pin_is_that_of_the_key_a_client_meets(ringwork: Ringwork, estate: Path) -> None:
    public = ringwork.up(estate)["rings"]["public"]
    host, port = public["address"].split(":")
    pem = ssl.get_server_certificate((host, int(port)))
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = f"sha256//{base64.b64encode(hashlib.sha256(encoded).digest()).decode()}"
    assert public["pin"] == pin and pin in ringwork.run("status").stdout


def test_after_the_end_it_says_that_nothing_runs(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    ringwork.end()
    done = ringwork.run("status")
    assert done.returncode == 1 and done.stdout.count("not running") == 2


def test_a_refused_revision_is_part_of_the_status(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    (ringwork.state / "node/trust/manifest.pub").write_text("00" * 32 + "\n")
    contract = estate / "apis/stock/v1.yaml"
    contract.write_text(contract.read_text().replace("/items:", "/articles:"))
    ringwork.run("apply", str(estate))
    done = ringwork.run("status")
    assert done.returncode == 1 and "signature_invalid" in done.stdout and "serves revision 1" in done.stdout


def test_an_endpoint_that_is_not_called_is_shown_and_is_no_fault_of_the_gateway(
    ringwork: Ringwork, estate: Path
) -> None:
    down, stock = free_port(), estate / "apis/stock/api.yaml"
    before, url, after = re.split(r"upstream: (\S+)", stock.read_text())
    endpoints = [url.split("/")[2], f"127.0.0.1:{down}"]
    check = "{interval: 100ms, unhealthy_after: 1}"
    upstream = f"upstream: {{url: {url!r}, endpoints: {endpoints}, health: {check}}}"
    stock.write_text(before + upstream + after)
    ringwork.up(estate)
    told = f"1 of 2 endpoints are not called: 127.0.0.1:{down} unhealthy"
    eventually(lambda: told in ringwork.run("status").stdout)
    assert ringwork.run("status").returncode == 0


@pytest.mark.parametrize(
    "words", [("status",), ("key", "list"), ("usage",), ("revisions",), ("explain", "GET", "/"), ("apply",)]
)
def test_a_state_that_never_was_is_said_in_a_line(ringwork: Ringwork, words: tuple[str, ...]) -> None:
    done = ringwork.run(*words)
    assert done.returncode == 2 and "ringwork up" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("key", "list"), ("up", "estate", "--ports", "auto"), ("status",)])
def test_a_file_in_place_of_a_state_is_said_in_a_line(
    ringwork: Ringwork, estate: Path, words: tuple[str, ...]
) -> None:
    ringwork.state.write_text("")
    done = ringwork.run(*(str(estate) if word == "estate" else word for word in words))
    assert done.returncode == 2 and "Traceback" not in done.stderr and str(ringwork.state) in done.stderr


def test_a_damaged_store_is_said_in_a_line(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    ringwork.end()
    for path in (ringwork.state / "control").glob("ringwork.db*"):
        path.write_bytes(b"this is no database, but it is long enough to look like one " * 100)
    done = ringwork.run("key", "list")
    assert done.returncode == 2 and "store-unusable" in done.stderr and "Traceback" not in done.stderr

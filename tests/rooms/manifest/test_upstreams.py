"""No upstream makes the gateway a way to what only the gateway can reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.manifest.upstream import UpstreamUrl, forbidden, upstream_url
from tests.rooms.manifest.estates import ORGANIZATION, api, loaded, only, with_code


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.1",
        "2852039166",
        "0xa9fea9fe",
        "0xA9.0xFE.0xA9.0xFE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.16689662",
        "169.254.169.254.",
        "[fe80::1]",
        "[febf::1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[::a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata",
        "0.0.0.0",
        "0",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_forbidden_upstream_is_refused_in_every_spelling(tmp_path: Path, host: str) -> None:
    estate = loaded(tmp_path, {"apis/orders/api.yaml": api(f'"http://{host}:8080/latest"')})
    finding = only(estate, "upstream-forbidden")
    assert finding.location.line == 4
    assert estate.broken_apis() == {"orders"}


@pytest.mark.parametrize(
    "host", ["10.0.0.5", "127.0.0.1", "[::1]", "orders.svc.cluster.local", "169.253.1.1", "[fec0::1]"]
)
def test_ordinary_upstream_is_accepted(host: str) -> None:
    assert forbidden(upstream_url(f"http://{host}:9001")) is None


@pytest.mark.parametrize(
    "url",
    [
        "orders:9001",
        "ftp://orders",
        "http://",
        "http:///path",
        "http://user:secret@orders",
        "http://orders?x=1",
        "http://orders#x",
        "http://orders?",
        "http://orders:0",
        "http://orders:99999",
        "http://or ders",
        "http://orders/a b",
        "http://orders/../x",
        "http://orders/a/./b",
        "http://orders//a",
        "http://[::1",
        "http://[fe80::1%25eth0]",
        "http://-orders",
        "unix:/var/run/docker.sock",
    ],
)
def test_upstream_that_is_no_url_is_a_finding(tmp_path: Path, url: str) -> None:
    estate = loaded(tmp_path, {"apis/orders/api.yaml": api(f'"{url}"')})
    assert only(estate, "upstream-invalid").help.startswith('Write "http://host:port/path"')


def test_upstream_is_taken_apart_in_canonical_form() -> None:
    assert upstream_url("http://Orders.Example:8080/base/") == UpstreamUrl(
        False, "orders.example", 8080, "/base"
    )
    assert upstream_url("http://[0:0::1]") == UpstreamUrl(False, "::1", 80, "")
    assert upstream_url("http://127.1:9001").host == "127.0.0.1"


@pytest.mark.parametrize(
    "upstream",
    [
        "http://127.0.0.1:8441",
        "http://localhost:8443/x",
        "http://anything.localhost:8443",
        "http://[::ffff:127.0.0.1]:8442",
        "http://127.0.0.2:8441",
        "http://public.acme.localhost:8443",
    ],
)
def test_gateways_own_listener_is_refused_as_upstream(tmp_path: Path, upstream: str) -> None:
    only(loaded(tmp_path, {"apis/orders/api.yaml": api(f'"{upstream}"')}), "upstream-own-listener")


def test_listener_on_every_address_is_also_the_loopback(tmp_path: Path) -> None:
    everywhere = ORGANIZATION.replace("127.0.0.1:8443", "0.0.0.0:8443")
    changes = {"ringwork.yaml": everywhere, "apis/orders/api.yaml": api("http://127.0.0.1:8443")}
    only(loaded(tmp_path, changes), "upstream-own-listener")


@pytest.mark.parametrize(
    ("first", "second", "collide"),
    [
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001", True),
        ("http://127.0.0.1:9001", "http://localhost:9001/", True),
        ("http://127.0.0.1:9001/a", "http://[::1]:9001/a/b", True),
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001/a", True),
        ("http://127.0.0.1:9001/a", "http://127.0.0.1:9001/ab", False),
        ("http://127.0.0.1:9001/a", "http://127.0.0.1:9001/b", False),
        ("http://127.0.0.1:9001", "http://127.0.0.1:9002", False),
        ("http://one:9001", "http://two:9001", False),
    ],
)
def test_upstream_has_one_owning_api(tmp_path: Path, first: str, second: str, collide: bool) -> None:
    changes = {
        "apis/orders/api.yaml": api(f'"{first}"'),
        "apis/billing/api.yaml": api(f'"{second}"'),
        "apis/shipping/api.yaml": api("http://127.0.0.1:9999"),
    }
    estate = loaded(tmp_path, changes)
    assert {finding.api for finding in with_code(estate, "upstream-owned-twice")} == (
        {"orders", "billing"} if collide else set()
    )


def test_versions_of_one_api_may_share_an_upstream(tmp_path: Path) -> None:
    versions = "[{name: v1, document: openapi.yaml}, {name: v2, document: openapi.yaml, upstream: http://127.0.0.1:9001/v2}]"
    assert loaded(tmp_path, {"apis/orders/api.yaml": api(versions=versions)}).findings == ()

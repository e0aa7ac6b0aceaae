"""What `upstream` may say beside the address, and what is found when it does not fit together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.gateway.certificates import TestAuthority
from tests.rooms.manifest.estates import api, loaded, only, with_code

HTTPS = "url: https://10.0.0.5:8443"


def said(*members: str, url: str = HTTPS) -> dict[str, str | bytes | None]:
    return {"apis/orders/api.yaml": api("{" + ", ".join((url, *members)) + "}")}


@pytest.mark.parametrize(
    "members",
    [
        (),
        (
            "endpoints: [10.0.0.1, '10.0.0.2:9000', {address: orders.internal, weight: 3}]",
            "balance: consumer",
        ),
        ("endpoints: [10.0.0.1, 10.0.0.2]", "balance: {by: header, header: X-Tenant}"),
        ("prefix: keep", "host: preserve", "protocol: auto"),
        ("prefix: '/shop/{version}'", "host: 'orders.example:8443'", "protocol: http2"),
        ("health: {path: /healthz, interval: 1s, statuses: [200, 204]}", "breaker: {max_requests: 100}"),
        ("retries: {attempts: 2, statuses: [502, 503]}", "total_timeout: 10s", "write_timeout: 5s"),
        ("tls: {server_name: orders.example}",),
    ],
)
def test_what_may_be_said_of_a_service(tmp_path: Path, members: tuple[str, ...]) -> None:
    assert loaded(tmp_path, said(*members)).findings == ()


@pytest.mark.parametrize(
    ("code", "members", "url"),
    [
        ("upstream-tls-unused", ("tls: {server_name: orders}",), "url: http://10.0.0.5"),
        ("upstream-protocol-unused", ("protocol: auto",), "url: http://10.0.0.5"),
        ("certificate-unusable", ("tls: {ca: nowhere.pem}",), HTTPS),
        ("certificate-unusable", ("tls: {ca: ../../../outside.pem}",), HTTPS),
        ("certificate-unusable", ("tls: {ca: openapi.yaml}",), HTTPS),
        ("balance-incomplete", ("endpoints: [10.0.0.1]", "balance: header"), HTTPS),
        ("balance-incomplete", ("endpoints: [10.0.0.1]", "balance: {header: x-tenant}"), HTTPS),
        ("without-effect", ("balance: consumer",), HTTPS),
        ("without-effect", ("outliers: {}",), HTTPS),
        ("retry-of-success", ("retries: {statuses: [503, 200]}",), HTTPS),
        ("endpoint-duplicate", ("endpoints: [10.0.0.1, '10.0.0.1:8443']",), HTTPS),
        ("upstream-invalid", ("endpoints: ['10.0.0.1:0']",), HTTPS),
        ("upstream-forbidden", ("endpoints: [10.0.0.1, '169.254.169.254:80']",), HTTPS),
        ("upstream-own-listener", ("endpoints: ['127.0.0.1:8443']",), HTTPS),
        ("invalid-value", ("prefix: '/a/../b'",), HTTPS),
        ("invalid-value", ("prefix: '/{tenant}'",), HTTPS),
        ("invalid-value", ("host: 'http://orders'",), HTTPS),
        ("invalid-value", ("timeout: 0s",), HTTPS),
        ("invalid-value", ("protocol: http3",), HTTPS),
        ("unknown-key", ("retry: {}",), HTTPS),
    ],
)
def test_a_mistake_about_a_service_is_located(
    tmp_path: Path, code: str, members: tuple[str, ...], url: str
) -> None:
    finding = only(loaded(tmp_path, said(*members, url=url)), code)
    assert (finding.location.file, finding.location.line, finding.api) == (
        "apis/orders/api.yaml",
        4,
        "orders",
    )


def test_certificates_are_taken_and_a_key_beside_them_is_refused(tmp_path: Path) -> None:
    authority = TestAuthority("ca", tmp_path)
    files = authority.svid("spiffe://acme/gateway", lifetime=timedelta(days=1))
    estate = loaded(tmp_path / "fine", said("tls: {ca: ca.pem}") | {"apis/orders/ca.pem": authority.pem})
    assert estate.apis[0].pems["ca.pem"].text.encode() == authority.pem
    with_key = authority.pem + files.key.read_bytes()
    wrong = loaded(tmp_path / "wrong", said("tls: {ca: ca.pem}") | {"apis/orders/ca.pem": with_key})
    assert "private key" in only(wrong, "certificate-unusable").message


def test_endpoints_have_one_owning_api(tmp_path: Path) -> None:
    changes = {
        "apis/orders/api.yaml": api("{url: http://orders, endpoints: ['10.0.0.1:80', '10.0.0.2:80']}"),
        "apis/billing/api.yaml": api("http://10.0.0.2"),
    }
    found = with_code(loaded(tmp_path, changes), "upstream-owned-twice")
    assert {finding.api for finding in found} == {"orders", "billing"}


def test_apis_behind_one_service_are_told_apart_by_the_prefix_it_is_sent(tmp_path: Path) -> None:
    changes = {
        "apis/orders/api.yaml": api("{url: http://10.0.0.1, prefix: keep}"),
        "apis/billing/api.yaml": api("{url: http://10.0.0.1, prefix: '/billing/{version}'}"),
    }
    estate = loaded(tmp_path, changes)
    assert estate.findings == ()
    sent = {one.name: one.upstream_of(one.manifest.versions[0])[0].path for one in estate.apis}
    assert sent == {"orders": "/orders/v1", "billing": "/billing/v1"}

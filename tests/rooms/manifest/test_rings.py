"""The accepting socket alone decides the ring; what a ring is told must be something it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.certificates import TestAuthority
from tests.rooms.manifest.estates import ORGANIZATION, loaded, only, with_code


def organization(**rings: str) -> str:
    head = "\n".join(ORGANIZATION.splitlines()[:4])
    return head + "\n" + "".join(f"  {name}: {text}\n" for name, text in rings.items())


@pytest.mark.parametrize(
    ("internal", "public", "conflict"),
    [
        ("127.0.0.1:8443", "127.0.0.1:8443", True),
        ("0.0.0.0:8443", "127.0.0.1:8443", True),
        ("127.0.0.1:8443", "0.0.0.0:8443", True),
        ("[::]:8443", "127.0.0.1:8443", True),
        ("[::]:8443", "[::1]:8443", True),
        ("[::ffff:127.0.0.1]:8443", "127.0.0.1:8443", True),
        ("[0:0:0:0:0:0:0:1]:8443", "[::1]:8443", True),
        ("127.0.0.1:8443", "127.0.0.2:8443", False),
        ("0.0.0.0:8443", "[::1]:8443", False),
        ("127.0.0.1:8442", "127.0.0.1:8443", False),
        ("127.0.0.1:0", "127.0.0.1:0", False),
    ],
)
def test_two_rings_never_share_an_address(tmp_path: Path, internal: str, public: str, conflict: bool) -> None:
    text = organization(internal=f'{{listen: ["{internal}"]}}', public=f'{{listen: ["{public}"]}}')
    estate = loaded(tmp_path, {"ringwork.yaml": text})
    assert bool(with_code(estate, "listener-conflict")) is conflict
    assert (estate.organization is None) is conflict


def test_address_twice_in_one_ring_is_located_at_the_second(tmp_path: Path) -> None:
    text = organization(public='{listen: ["127.0.0.1:8443", "127.0.0.1:8443"]}')
    assert (
        str(only(loaded(tmp_path, {"ringwork.yaml": text}), "listener-conflict").location)
        == "ringwork.yaml:5:39"
    )


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8443",
        "8443",
        ":8443",
        "127.0.0.1",
        "127.0.0.1:65536",
        "127.0.0.256:1",
        "::1:8443",
        "127.0.0.1:x",
        "*:1",
    ],
)
def test_listen_address_is_an_ip_and_a_port(tmp_path: Path, address: str) -> None:
    text = organization(public=f'{{listen: ["{address}"]}}')
    only(loaded(tmp_path, {"ringwork.yaml": text}), "invalid-value")


@pytest.mark.parametrize(
    "host", ["*.acme.example", "https://acme", "acme.example:443", "a..b", "-a.example", "ä.example", ""]
)
def test_host_is_a_plain_name(tmp_path: Path, host: str) -> None:
    text = organization(public=f'{{listen: ["127.0.0.1:8443"], hosts: ["{host}"]}}')
    assert only(loaded(tmp_path, {"ringwork.yaml": text}), "invalid-value").location.line == 5


@pytest.mark.parametrize(
    ("ring", "proof"),
    [("public", "mtls"), ("partner", "mtls"), ("partner", "service_token"), ("internal", "api_key")],
)
def test_proof_a_ring_does_not_know_yet_is_refused(tmp_path: Path, ring: str, proof: str) -> None:
    text = organization(**{ring: f'{{listen: ["127.0.0.1:8443"], authentication: {{{proof}: true}}}}'})
    only(loaded(tmp_path, {"ringwork.yaml": text}), "authentication-not-yet")


@pytest.mark.parametrize(
    ("ring", "proofs"), [("public", "{api_key: false}"), ("internal", "{mtls: false, service_token: false}")]
)
def test_ring_nobody_could_enter_is_refused(tmp_path: Path, ring: str, proofs: str) -> None:
    text = organization(**{ring: f'{{listen: ["127.0.0.1:8443"], authentication: {proofs}}}'})
    only(loaded(tmp_path, {"ringwork.yaml": text}), "ring-without-authentication")


def test_estate_without_rings_is_refused(tmp_path: Path) -> None:
    text = ORGANIZATION.split("rings:")[0] + "rings: {}\n"
    only(loaded(tmp_path, {"ringwork.yaml": text}), "no-rings")


def test_certificate_that_is_not_there_is_found_before_a_gateway_looks_for_it(tmp_path: Path) -> None:
    text = organization(public='{listen: ["127.0.0.1:8443"], tls: {certificate: tls/a.pem, key: tls/b.pem}}')
    estate = loaded(tmp_path, {"ringwork.yaml": text, "tls/a.pm": "x", "tls/b.pem": "x"})
    assert 'Did you mean "a.pm"?' in only(estate, "file-missing").help


def test_network_with_bits_beyond_its_length_suggests_the_network(tmp_path: Path) -> None:
    text = organization(public='{listen: ["127.0.0.1:8443"], networks: ["10.1.2.3/8"]}')
    assert (
        only(loaded(tmp_path, {"ringwork.yaml": text}), "invalid-value").help == 'Did you mean "10.0.0.0/8"?'
    )


@pytest.mark.parametrize(
    ("ring", "trusted", "code"),
    [
        ("public", "{networks: [10.0.0.0/8]}", "missing-key"),
        ("public", "{header: forwarded}", "missing-key"),
        ("public", "{services: [ingress]}", "authentication-not-yet"),
        ("public", "{networks: [10.0.0.0/8], header: x-real-ip}", "invalid-value"),
        ("public", "{networks: [10.0.0.1/8], header: forwarded}", "invalid-value"),
    ],
)
def test_trust_that_could_not_work_is_refused(tmp_path: Path, ring: str, trusted: str, code: str) -> None:
    text = organization(**{ring: f'{{listen: ["127.0.0.1:8443"], trusted_proxies: {trusted}}}'})
    assert only(loaded(tmp_path, {"ringwork.yaml": text}), code).location.line == 5


@pytest.mark.parametrize("bounds", ["{idle: 2}", "{connections: 0}", "{lifetime: 61m}", "{idel: 2s}"])
def test_bounds_that_are_none_are_refused(tmp_path: Path, bounds: str) -> None:
    text = organization(public=f'{{listen: ["127.0.0.1:8443"], bounds: {bounds}}}')
    assert [found.location.line for found in loaded(tmp_path, {"ringwork.yaml": text}).findings] == [5]


def trusting(tmp_path: Path, content: bytes | None, ring: str = "internal", more: str = "") -> list[str]:
    """Codes of what is found in an estate whose ring trusts this file."""
    if content is not None:
        (tmp_path / "cas.pem").write_bytes(content)
    told = f"{{listen: ['127.0.0.1:8441'], authentication: {{trust_bundle: {tmp_path}/cas.pem{more}}}}}"
    text = organization(**{ring: told})
    return [finding.code for finding in loaded(tmp_path / "estate", {"ringwork.yaml": text}).findings]


def test_a_trust_bundle_holds_certificates_of_cas_and_nothing_else(tmp_path: Path) -> None:
    authority = TestAuthority("mesh", tmp_path)
    leaf = authority.svid("spiffe://acme.test/billing")
    assert "trust-bundle-unusable" not in trusting(tmp_path, authority.pem)
    for content in (
        None,
        b"",
        b"no certificate",
        leaf.certificate.read_bytes(),
        authority.pem + leaf.key.read_bytes(),
    ):
        (tmp_path / "cas.pem").unlink(missing_ok=True)
        assert "trust-bundle-unusable" in trusting(tmp_path, content), content


def test_a_trust_bundle_is_refused_where_no_certificates_are_accepted(tmp_path: Path) -> None:
    pem = TestAuthority("mesh", tmp_path).pem
    assert "without-effect" in trusting(tmp_path, pem, ring="public")
    assert "without-effect" in trusting(tmp_path, pem, more=", mtls: false")

"""Certificates and tokens of services."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from joserfc import jwt
from joserfc.jwk import ECKey

from ringwork.control.tokens import AUDIENCE
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import NOW, World


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    return World(tmp_path, store=store)


def test_an_svid_names_one_spiffe_id_and_nothing_else(world: World) -> None:
    issued = world.identities.issue_certificate("orders")
    certificate = x509.load_pem_x509_certificate(issued.certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert [name.value for name in names.value] == ["spiffe://acme.test/orders"]
    assert len(certificate.subject) == 0 and names.critical


def test_an_svid_is_for_clients_for_a_day_and_no_ca(world: World) -> None:
    certificate = x509.load_pem_x509_certificate(world.identities.issue_certificate("orders").certificate_pem)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_after_utc == NOW + timedelta(hours=24)


def test_an_svid_verifies_against_the_ca_it_comes_with(world: World) -> None:
    issued = world.identities.issue_certificate("orders")
    ca = x509.load_pem_x509_certificate(issued.ca_pem)
    x509.load_pem_x509_certificate(issued.certificate_pem).verify_directly_issued_by(ca)


def test_private_keys_of_services_are_kept_nowhere_and_those_of_the_authority_are_private(
    world: World,
) -> None:
    issued = world.identities.issue_certificate("orders")
    files = [path for path in world.root.rglob("*") if path.is_file()]
    assert not any(issued.key_pem in path.read_bytes() for path in files)
    keys = list((world.root / "keys").iterdir())
    assert keys and all(path.stat().st_mode & 0o077 == 0 for path in keys)


def test_a_token_says_who_for_whom_and_until_when(world: World) -> None:
    token = world.identities.issue_token("billing")
    from ringwork.control.signing_keys import token_key
    from ringwork.control.tokens import TokenIssuer

    jwks = TokenIssuer(token_key(world.directory), lambda: NOW).jwks()
    assert "d" not in jwks["keys"][0]
    decoded = jwt.decode(token.text, ECKey.import_key(jwks["keys"][0]), algorithms=["ES256"])
    assert decoded.claims == {
        "iss": "spiffe://acme.test",
        "sub": "spiffe://acme.test/billing",
        "aud": AUDIENCE,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
        "jti": token.jti,
    }
    assert decoded.header["kid"] == jwks["keys"][0]["kid"]


def test_a_revoked_certificate_is_known_to_the_node_however_the_serial_is_written(world: World) -> None:
    serial = world.identities.issue_certificate("orders").record.handle
    as_openssl = "0" + serial.upper() if len(serial) % 2 else serial.upper()
    world.identities.revoke(":".join(as_openssl[at : at + 2] for at in range(0, len(as_openssl), 2)))
    assert world.node.revoked == {serial}


def test_every_revoked_token_is_known_to_the_node(world: World) -> None:
    issued = {world.identities.issue_token("orders").jti for _ in range(40)}
    for jti in issued:
        world.identities.revoke(jti)
    assert world.node.revoked == issued


@pytest.mark.parametrize(
    "service", ["", "a/b", "../orders", "spiffe://other.test/orders", "ü", "-x", "a" * 129]
)
def test_a_name_that_is_no_service_is_refused(world: World, service: str) -> None:
    with pytest.raises(Refused) as refused:
        world.identities.issue_certificate(service)
    assert refused.value.code == "service-malformed"


def test_a_service_may_be_named_by_its_whole_id(world: World) -> None:
    assert world.identities.spiffe_id("spiffe://acme.test/orders") == "spiffe://acme.test/orders"


def test_what_has_expired_is_forgotten_with_its_revocation_and_nothing_else_is(world: World) -> None:
    short = world.identities.issue_certificate("orders", timedelta(minutes=1)).record.handle
    token = world.identities.issue_token("orders", timedelta(minutes=1)).jti
    lasting = world.identities.issue_certificate("orders", timedelta(days=2)).record.handle
    for handle in (short, token, lasting):
        world.identities.revoke(handle)
    world.now += timedelta(days=30, minutes=2)
    world.identities.forget_expired()
    assert world.node.revoked == {lasting}
    assert [each.handle for each in world.identities.list()] == [lasting]


def test_what_was_revoked_stays_so_when_the_time_is_set_ahead_and_back(world: World) -> None:
    revoked = world.identities.issue_certificate("orders", timedelta(hours=2)).record.handle
    world.identities.revoke(revoked)
    world.now += timedelta(days=25)
    world.identities.forget_expired()
    world.now -= timedelta(days=25)
    assert world.node.revoked == {revoked}

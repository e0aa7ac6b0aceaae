"""Listeners' certificates: exactly the ring's hosts, renewed in time, never a pair that does not match."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ringwork.control.authority import Authority
from ringwork.control.authority_files import AuthorityFiles
from ringwork.control.directory import ControlDirectory
from ringwork.control.server_certificates import ensure_server_certificate
from tests.rooms.control.world import NOW

HOSTS = ["localhost", "api.acme.test"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return AuthorityFiles(ControlDirectory(tmp_path / "control"), "outer", lambda: NOW).opened()


def ensure(folder: Path, authority: Authority, hosts: list[str] | None = None, now: datetime = NOW) -> bool:
    return ensure_server_certificate(folder, hosts or HOSTS, authority, lambda: now)


def leaf(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates((folder / "cert.pem").read_bytes())[0]


def names(certificate: x509.Certificate) -> list[str]:
    return [
        str(n.value)
        for n in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ]


def test_a_certificate_names_the_rings_hosts_only_and_serves_only_servers(
    tmp_path: Path, authority: Authority
) -> None:
    assert ensure(tmp_path / "tls", authority)
    certificate = leaf(tmp_path / "tls")
    assert names(certificate) == sorted(HOSTS)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_an_address_is_named_as_one_only_when_a_host_is_one(tmp_path: Path, authority: Authority) -> None:
    ensure(tmp_path / "tls", authority, ["127.0.0.1", "localhost"])
    found = leaf(tmp_path / "tls").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [type(name) for name in found] == [x509.IPAddress, x509.DNSName]


def test_a_valid_certificate_is_left_alone(tmp_path: Path, authority: Authority) -> None:
    ensure(tmp_path / "tls", authority)
    before = leaf(tmp_path / "tls").serial_number
    assert not ensure(tmp_path / "tls", authority, list(reversed(HOSTS)))
    assert leaf(tmp_path / "tls").serial_number == before


@pytest.mark.parametrize(
    ("hosts", "now"),
    [(["localhost"], NOW), (HOSTS, NOW + timedelta(days=21)), (HOSTS, NOW + timedelta(days=99))],
)
def test_other_hosts_or_a_near_end_bring_a_new_certificate(
    tmp_path: Path, authority: Authority, hosts: list[str], now: datetime
) -> None:
    ensure(tmp_path / "tls", authority)
    assert ensure(tmp_path / "tls", authority, hosts, now)


def test_a_renewed_certificate_keeps_the_key_that_clients_may_have_pinned(
    tmp_path: Path, authority: Authority
) -> None:
    ensure(tmp_path / "tls", authority)
    before = leaf(tmp_path / "tls")
    assert ensure(tmp_path / "tls", authority, now=NOW + timedelta(days=21))
    after = leaf(tmp_path / "tls")
    assert after.serial_number != before.serial_number and after.public_key() == before.public_key()


@pytest.mark.parametrize("damage", ["cert.pem", "key.pem"])
def test_a_pair_that_does_not_match_is_replaced(tmp_path: Path, authority: Authority, damage: str) -> None:
    ensure(tmp_path / "tls", authority)
    ensure(tmp_path / "other", authority)
    (tmp_path / "tls" / damage).write_bytes((tmp_path / "other" / damage).read_bytes())
    assert ensure(tmp_path / "tls", authority)
    assert not ensure(tmp_path / "tls", authority)


def test_a_torn_file_is_replaced(tmp_path: Path, authority: Authority) -> None:
    ensure(tmp_path / "tls", authority)
    (tmp_path / "tls" / "cert.pem").write_bytes(b"-----BEGIN CERT")
    assert ensure(tmp_path / "tls", authority)


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path, authority: Authority) -> None:
    ensure(tmp_path / "tls", authority)
    other = AuthorityFiles(ControlDirectory(tmp_path / "control"), "internal", lambda: NOW).opened()
    assert ensure(tmp_path / "tls", other)


def test_the_key_is_private(tmp_path: Path, authority: Authority) -> None:
    ensure(tmp_path / "tls", authority)
    assert (tmp_path / "tls" / "key.pem").stat().st_mode & 0o077 == 0

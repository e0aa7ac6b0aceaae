"""What is a certificate, in a field of the proxy's and in a file, and what only looks like one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from ringwork.control.oauth.certificates import handed_on, registered
from ringwork.control.oauth.errors import Declined
from ringwork.intent.authorization import ClientCertificatesIntent
from ringwork.kernel.refusal import Refused
from tests.gateway.certificates import CertificateFiles, TestAuthority, self_signed

RFC9440 = ClientCertificatesIntent("client-cert", "rfc9440")
ESCAPED = ClientCertificatesIntent("client-cert", "escaped-pem")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    return self_signed(tmp_path_factory.mktemp("clients"), "one")


@pytest.fixture(scope="module")
def pem(one: CertificateFiles) -> str:
    return one.certificate.read_text()


def read(stated: ClientCertificatesIntent | None, *values: str) -> str | None:
    """Thumbprint of what fields of these values hand on."""
    found = handed_on(lambda name: values if name == "client-cert" else (), stated)
    return None if found is None else found.thumbprint


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_certificate_is_known_by_what_rfc_8705_hashes(one: CertificateFiles) -> None:
    found = handed_on(lambda name: [f":{b64(one.der)}:"], RFC9440)
    assert found is not None and found.subject == "CN=one"
    digest = hashlib.sha256(one.der).digest()
    assert found.thumbprint == base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == one.thumbprint
    certificate = x509.load_der_x509_certificate(one.der)
    assert found.ends_at == certificate.not_valid_after_utc
    assert found.holds_at(found.begins_at - timedelta(seconds=10)) and not found.holds_at(found.ends_at)
    assert read(RFC9440, f" :{b64(one.der)}:\t") == one.thumbprint


def test_no_field_is_no_certificate_and_nobody_is_believed_where_nothing_is_stated(
    one: CertificateFiles,
) -> None:
    for stated in (RFC9440, ESCAPED):
        assert read(stated) is None and read(stated, "") is None
    assert read(None, f":{b64(one.der)}:") is None


Spoiled = Callable[[bytes], str]


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda der: b64(der),
        lambda der: f":{b64(der)}",
        lambda der: f"{b64(der)}:",
        lambda der: f":{b64(der)}:;a=1",
        lambda der: f":{b64(der)}:, :{b64(der)}:",
        lambda der: f":{b64(der)[:-8]}:",
        lambda der: f":{b64(der)}AA:",
        lambda der: f":{b64(der)[:40]} {b64(der)[40:]}:",
        lambda der: f'"{b64(der)}"',
        lambda der: f"::{b64(der)}::",
        lambda der: f":{base64.urlsafe_b64encode(der).decode()}_:",
        lambda der: f":{b64(der + bytes(1))}:",
        lambda der: f":{b64(bytes(1) + der)}:",
        lambda der: f":{b64(b64(der).encode())}:",
        lambda der: f":{b64(der * 2)}:",
        lambda der: f":{b64(der[:4] + bytes(1) + der[5:])}:",
        lambda der: f":{b64(der)}:\x00",
        lambda der: f":{b64(der)}:\n",
        lambda der: "::",
        lambda der: ":=:",
        lambda der: ":AAAA:",
        lambda der: "-",
        lambda der: "(null)",
        lambda der: "\xe9",
        lambda der: ":" + "A" * 30_000 + ":",
        lambda der: ":" + "A" * 20_000 + ":",
    ],
)
def test_what_rfc_9440_has_not_is_no_certificate(one: CertificateFiles, spoiled: Spoiled) -> None:
    with pytest.raises(Declined, match="invalid_request"):
        read(RFC9440, spoiled(one.der))


@pytest.mark.parametrize("stated", [RFC9440, ESCAPED])
def test_several_fields_are_none(one: CertificateFiles, pem: str, stated: ClientCertificatesIntent) -> None:
    good = f":{b64(one.der)}:" if stated is RFC9440 else quote(pem)
    assert read(stated, good) == one.thumbprint
    for values in ((good, good), ("", good), (good, ""), ("", "")):
        with pytest.raises(Declined):
            read(stated, *values)


def test_an_escaped_pem_is_read_as_proxies_write_it(one: CertificateFiles, pem: str, tmp_path: Path) -> None:
    other = self_signed(tmp_path).certificate.read_text()
    for written in (
        quote(pem, safe=""),
        quote(pem, safe="+=/"),
        quote(pem.replace("\n", "\r\n")),
        quote(pem.strip()),
        quote(pem + other),
        pem.replace("\n", " "),
    ):
        assert read(ESCAPED, written) == one.thumbprint
    assert read(ESCAPED, quote(other + pem)) not in (None, one.thumbprint)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda pem: f"x{pem}",
        lambda pem: f"{pem}x",
        lambda pem: pem[:-30],
        lambda pem: pem[30:],
        lambda pem: pem.lower(),
        lambda pem: pem.replace("CERTIFICATE", "PRIVATE KEY"),
        lambda pem: pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        lambda pem: pem + pem.replace("CERTIFICATE", "PRIVATE KEY"),
        lambda pem: pem.replace("M", "é", 1),
        lambda pem: "-----BEGIN CERTIFICATE----- -----END CERTIFICATE-----",
        lambda pem: "-",
        lambda pem: "(null)",
        lambda pem: "-----BEGIN CERTIFICATE-----" + " " * 7_000,
        lambda pem: "-----BEGIN CERTIFICATE-----A" * 800,
        lambda pem: pem * 60,
    ],
)
def test_what_is_no_pem_is_no_certificate(pem: str, spoiled: Callable[[str], str]) -> None:
    with pytest.raises(Declined):
        read(ESCAPED, quote(spoiled(pem)))
    for text in ("%", "%ff", "%00", f"{quote(pem)}%", "%2D" * 8_000):
        with pytest.raises(Declined):
            read(ESCAPED, text)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda data: f":{b64(data)}:")))
def test_whatever_somebody_sends_is_told_or_nothing(text: str) -> None:
    for stated in (RFC9440, ESCAPED):
        try:
            assert read(stated, text) is None
        except Declined as declined:
            assert declined.code == "invalid_request" and declined.description.isascii()


@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_certificate_that_was_spoiled_is_another_or_none(
    one: CertificateFiles, place: int, value: int
) -> None:
    der = bytearray(one.der)
    der[place % len(der)] = value
    try:
        assert (read(RFC9440, f":{b64(bytes(der))}:") == one.thumbprint) is (bytes(der) == one.der)
    except Declined:
        assert bytes(der) != one.der


def test_what_could_not_be_shown_at_a_gateway_is_not_registered(pem: str, tmp_path: Path) -> None:
    def problem(text: str) -> str:
        with pytest.raises(Refused) as found:
            registered(text, NOW)
        assert found.value.code == "client-certificate-unusable" and found.value.help
        return found.value.message

    other = self_signed(tmp_path)
    assert "several" in problem(pem + other.certificate.read_text())
    assert "private key" in problem(pem + other.key.read_text())
    assert "no certificate" in problem("") and "no certificate" in problem("x" * 1_000)
    assert "be read" in problem(pem.replace("MII", "MIA", 1))
    assert "be read" in problem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "be read" in problem(self_signed(tmp_path, padding=9_000).certificate.read_text())
    assert "has a key" in problem(self_signed(tmp_path, kind="P-521").certificate.read_text())
    assert "has a key" in problem(self_signed(tmp_path, kind="RSA-1024").certificate.read_text())
    assert "critical extension" in problem(self_signed(tmp_path, critical=True).certificate.read_text())
    assert "expired" in problem(self_signed(tmp_path, ends=timedelta(hours=-1)).certificate.read_text())


@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519", "RSA-2048"])
def test_what_gateways_take_is_registered(tmp_path: Path, kind: str) -> None:
    """tests/gateway/test_client_certificates.py shows that they do."""
    made = self_signed(tmp_path, "shop", kind)
    text = f"Bag Attributes\n  friendlyName: shop\n{made.certificate.read_text()}"
    assert registered(text, NOW).thumbprint == made.thumbprint
    issued = TestAuthority("a", tmp_path).svid("spiffe://acme.test/x")
    assert registered(issued.certificate.read_text(), NOW).subject == ""

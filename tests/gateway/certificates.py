"""Certificates for tests: CAs, listeners' certificates, SVIDs; written as PEM files."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class CertificateFiles:
    """One certificate with its key, as files. `serial` in hex."""

    certificate: Path
    key: Path
    serial: str

    @property
    def der(self) -> bytes:
        """Of the leaf."""
        leaf = x509.load_pem_x509_certificates(self.certificate.read_bytes())[0]
        return leaf.public_bytes(serialization.Encoding.DER)

    @property
    def thumbprint(self) -> str:
        """`x5t#S256` (RFC 8705 §3.1)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.der).digest()).rstrip(b"=").decode()


PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def private_key(kind: str = "P-256") -> PrivateKey:
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("RSA-"):
        return rsa.generate_private_key(65_537, int(kind.removeprefix("RSA-")))
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


def self_signed(
    folder: Path,
    name: str = "client",
    kind: str = "P-256",
    *,
    begins: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=30),
    padding: int = 0,
    critical: bool = False,
) -> CertificateFiles:
    """As `openssl req -x509` makes one; `begins` and `ends` from now. `padding`: bytes that say nothing, in an
    extension nobody knows, which may be `critical`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key, serial, now = private_key(kind), x509.random_serial_number(), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if padding or critical:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"x" * padding)
        certificate = certificate.add_extension(unknown, critical=critical)
    algorithm = None if kind == "Ed25519" else hashes.SHA256()
    signed = certificate.sign(key, algorithm)
    files = CertificateFiles(
        folder / f"{name}-{serial:x}.pem", folder / f"{name}-{serial:x}.key", f"{serial:x}"
    )
    files.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(_key_pem(key))
    return files


class TestAuthority:
    """A CA of its own; what it issues is trusted where its certificate is."""

    __test__ = False

    def __init__(self, name: str, folder: Path) -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._folder = folder / name
        self._folder.mkdir(parents=True)
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.file = self._folder / "ca.pem"
        self.file.write_bytes(self.pem)

    @property
    def pem(self) -> bytes:
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def server(self, *hosts: str) -> CertificateFiles:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        return self._issue(hosts[0], names, ExtendedKeyUsageOID.SERVER_AUTH, timedelta(days=1))

    def svid(self, spiffe_id: str, *, lifetime: timedelta = timedelta(hours=1)) -> CertificateFiles:
        """A negative `lifetime` is a certificate that has expired."""
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(spiffe_id)])
        return self._issue(spiffe_id.rpartition("/")[2], names, ExtendedKeyUsageOID.CLIENT_AUTH, lifetime)

    def _issue(
        self,
        name: str,
        names: x509.SubjectAlternativeName,
        usage: x509.ObjectIdentifier,
        lifetime: timedelta,
    ) -> CertificateFiles:
        key = ec.generate_private_key(ec.SECP256R1())
        serial = x509.random_serial_number()
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + lifetime)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(names, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        files = CertificateFiles(
            self._folder / f"{name}-{serial:x}.pem", self._folder / f"{name}-{serial:x}.key", f"{serial:x}"
        )
        files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(_key_pem(key))
        return files


def _key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

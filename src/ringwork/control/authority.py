"""The embedded certificate authority: ECDSA P-256, X.509-SVIDs for services, certificates for listeners.

Authorities of their own, so that trust of one half never reaches the other: the internal one issues SVIDs and the
internal ring's certificate; the outer one the partner and public rings' certificates, for development; the third
is between control plane and gateways elsewhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ringwork.kernel.clock import Clock

INTERNAL = "internal"
OUTER = "outer"
# Gateways elsewhere and the control plane, to each other only: no ring trusts it.
NODES = "nodes"

_CA_LIFETIME = timedelta(days=3650)
# Clocks of machines differ; a certificate is valid a little before it was issued.
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate, PEM, for a key that is somebody else's. `serial` is lower-case hex."""

    certificate_pem: bytes
    serial: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key, PEM. `serial` is lower-case hex."""

    certificate_pem: bytes
    key_pem: bytes
    serial: str
    expires_at: datetime


class Authority:
    """One CA: its key never leaves `control/keys`. `trusted_pem`: its certificate, and those that are trusted
    beside it while one takes the place of another.
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        clock: Clock,
        *,
        trusted_pem: bytes,
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._clock = clock
        self.trusted_pem = trusted_pem

    @property
    def certificate_pem(self) -> bytes:
        """Of the one that issues."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def bundle_pem(self) -> bytes:
        """Of all that are trusted, the one that issues first."""
        issuing = self.certificate_pem
        return issuing + self.trusted_pem.replace(issuing, b"")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, DER, lower-case hex: what an enrolment token pins."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    def issue_svid(self, spiffe_id: str, lifetime: timedelta) -> Issued:
        """An X.509-SVID: one URI SAN and nothing else in its name, for clients only (X509-SVID §4)."""
        key = ec.generate_private_key(ec.SECP256R1())
        return _with_key(self.certify_client(spiffe_id, key.public_key(), lifetime), key)

    def certify_client(
        self, uri: str, public_key: ec.EllipticCurvePublicKey, lifetime: timedelta
    ) -> Certified:
        """For clients only; `uri` is all the certificate says about its holder."""
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        return self._certify(public_key, names, ExtendedKeyUsageOID.CLIENT_AUTH, lifetime)

    def issue_server(
        self, hosts: Sequence[str], lifetime: timedelta, key: ec.EllipticCurvePrivateKey | None = None
    ) -> Issued:
        """A listener's certificate for exactly these hosts; an IP SAN only where a host is an address.

        `key` is the listener's own from before, if it has one.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        return _with_key(self.certify_server(hosts, key.public_key(), lifetime), key)

    def certify_server(
        self, hosts: Sequence[str], public_key: ec.EllipticCurvePublicKey, lifetime: timedelta
    ) -> Certified:
        """As `issue_server`, for a listener that keeps its key to itself."""
        names = x509.SubjectAlternativeName([_host_name(host) for host in hosts])
        return self._certify(public_key, names, ExtendedKeyUsageOID.SERVER_AUTH, lifetime)

    def issued(self, certificate: x509.Certificate) -> bool:
        """Whether `certificate` is one of this authority's."""
        return was_issued(certificate, self._certificate)

    def client(self, certificate: x509.Certificate) -> str | None:
        """The URI of who holds `certificate`; None unless it was issued here, or by one that is trusted beside."""
        trusted = x509.load_pem_x509_certificates(self.trusted_pem)
        return _only_uri(certificate) if any(was_issued(certificate, each) for each in trusted) else None

    def _certify(
        self,
        public_key: ec.EllipticCurvePublicKey,
        names: x509.SubjectAlternativeName,
        usage: x509.ObjectIdentifier,
        lifetime: timedelta,
    ) -> Certified:
        now = self._clock().replace(microsecond=0)
        serial = x509.random_serial_number()
        builder = (
            _builder(x509.Name([]), self._certificate.subject, public_key, serial)
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + lifetime)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            # RFC 5280 §4.2.1.6: with an empty subject the alternative name is critical.
            .add_extension(names, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        return Certified(certificate.public_bytes(serialization.Encoding.PEM), f"{serial:x}", now + lifetime)


def was_issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether `certificate` is signed by the CA."""
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # noqa: BLE001  cryptography raises several kinds; any of them means no
        return False
    return True


def _only_uri(certificate: x509.Certificate) -> str | None:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return uris[0] if len(uris) == 1 else None


def _with_key(certified: Certified, key: ec.EllipticCurvePrivateKey) -> Issued:
    return Issued(certified.certificate_pem, key_pem(key), certified.serial, certified.expires_at)


def new_authority(name: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    """A self-signed certificate of the CA `name`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Ringwork {name} CA")])
    now = now.replace(microsecond=0)
    builder = (
        _builder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, not encrypted: what protects it is the file's mode."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
    )


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

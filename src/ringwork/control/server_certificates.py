"""Certificates of the listeners, issued by the embedded CA where the operator brings none."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ringwork.control.authority import Issued
from ringwork.kernel.clock import Clock
from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically

LIFETIME = timedelta(days=30)
RENEWED_BEFORE_EXPIRY = timedelta(days=10)


class ServerIssuer(Protocol):
    """An `Authority`, or who stands for one where its key is not."""

    @property
    def certificate_pem(self) -> bytes: ...

    def issue_server(
        self, hosts: Sequence[str], lifetime: timedelta, key: ec.EllipticCurvePrivateKey | None = None
    ) -> Issued: ...

    def issued(self, certificate: x509.Certificate) -> bool: ...


def ensure_server_certificate(
    directory: Path, hosts: Iterable[str], authority: ServerIssuer, clock: Clock
) -> bool:
    """Sees to it that `directory` holds `cert.pem` and `key.pem` for exactly `hosts`; True when reissued.

    The key stays when the certificate is renewed: clients may have pinned it. A new key is written before its
    certificate; a crash between the two is mended here at the next start.
    """
    names = sorted(set(hosts))
    certificate_file, key_file = directory / "cert.pem", directory / "key.pem"
    key = _key(key_file)
    if key is not None and _serves(certificate_file, key, names, authority, clock()):
        return False
    private_directory(directory)
    issued = authority.issue_server(names, LIFETIME, key)
    if key is None:
        write_atomically(key_file, issued.key_pem, mode=PRIVATE_FILE)
    write_atomically(certificate_file, issued.certificate_pem + authority.certificate_pem)
    return True


def chain_issuer(directory: Path) -> str | None:
    """SHA-256 (hex) of the CA certificate in `directory`'s `cert.pem`; None while there is none."""
    try:
        _, authority = x509.load_pem_x509_certificates((directory / "cert.pem").read_bytes())
    except (OSError, ValueError):
        return None
    return authority.fingerprint(hashes.SHA256()).hex()


def public_key_pin(certificate_pem: bytes) -> str:
    """`sha256//<base64>` of the first certificate's SubjectPublicKeyInfo (RFC 7469 §2.4, in curl's spelling).

    Raises ValueError when there is no certificate.
    """
    key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"sha256//{base64.b64encode(hashlib.sha256(encoded).digest()).decode()}"


def _key(file: Path) -> ec.EllipticCurvePrivateKey | None:
    """None where there is none that can be used: a new one is made."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _serves(
    certificate_file: Path,
    key: ec.EllipticCurvePrivateKey,
    names: list[str],
    authority: ServerIssuer,
    now: datetime,
) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError):
        return False
    return (
        _names(certificate) == names
        and certificate.not_valid_after_utc - now > RENEWED_BEFORE_EXPIRY
        and certificate.not_valid_before_utc <= now  # or the system's time was turned back since
        and certificate.public_key() == key.public_key()
        and authority.issued(certificate)
    )


def _names(certificate: x509.Certificate) -> list[str]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return sorted(str(name.value) for name in extension.value)

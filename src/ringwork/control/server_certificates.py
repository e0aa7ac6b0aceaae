"""Certificates of the listeners, issued by the embedded CA where the operator brings none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ringwork.control.authority import Authority
from ringwork.kernel.clock import Clock
from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically

LIFETIME = timedelta(days=30)
RENEWED_BEFORE_EXPIRY = timedelta(days=10)


def ensure_server_certificate(
    directory: Path, hosts: Iterable[str], authority: Authority, clock: Clock
) -> bool:
    """Sees to it that `directory` holds `cert.pem` and `key.pem` for exactly `hosts`; True when reissued.

    Two files cannot be replaced in one step: a crash between them leaves a pair that does not match, which is
    found here at the next start, and a gateway keeps its old pair until both belong together.
    """
    names = sorted(set(hosts))
    certificate_file, key_file = directory / "cert.pem", directory / "key.pem"
    if _serves(certificate_file, key_file, names, authority, clock()):
        return False
    private_directory(directory)
    issued = authority.issue_server(names, LIFETIME)
    write_atomically(key_file, issued.key_pem, mode=PRIVATE_FILE)
    write_atomically(certificate_file, issued.certificate_pem + authority.certificate_pem)
    return True


def _serves(
    certificate_file: Path, key_file: Path, names: list[str], authority: Authority, now: datetime
) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError):
        return False
    return (
        _names(certificate) == names
        and certificate.not_valid_after_utc - now > RENEWED_BEFORE_EXPIRY
        and certificate.public_key() == key.public_key()
        and authority.issued(certificate)
    )


def _names(certificate: x509.Certificate) -> list[str]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return sorted(str(name.value) for name in extension.value)

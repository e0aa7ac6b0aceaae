"""Certificates of clients (RFC 8705): as they are registered, and as the proxy before the authorization server hands
them on.

A certificate is known by its thumbprint and by nothing else; nobody vouches for it. Its dates hold, where tokens are
given: who lets one run out hears so in time.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtensionOID

from ringwork.control.oauth.errors import Declined
from ringwork.intent.authorization import ClientCertificatesIntent
from ringwork.kernel.refusal import Refused

# Gateways take 16 KiB of a chain.
_MOST_BYTES = 8 * 1024
_LONGEST_SUBJECT = 200
_MOST_HANDED_ON = 24 * 1024
# A client whose clock is ahead makes one that begins in a moment.
_SKEW = timedelta(seconds=10)
_BLOCK = r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*"
_BLOCKS = re.compile(f"(?:{_BLOCK})+")
_FIRST = re.compile(_BLOCK)
_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
_CURVES = ("secp256r1", "secp384r1")
# A gateway's handshake (rustls-webpki) knows no other that must be understood.
_UNDERSTOOD = frozenset(
    (
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    )
)
_BROKEN = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)

Fields = Callable[[str], Sequence[str]]
"""Values of a header field of a request."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`thumbprint`: SHA-256 of the DER in base64url, as `x5t#S256` has it (RFC 8705 §3.1). `subject`: how RFC 4514
    writes it, the beginning. It holds from `begins_at` until `ends_at`, aware, UTC.
    """

    thumbprint: str
    subject: str
    begins_at: datetime
    ends_at: datetime

    def holds_at(self, moment: datetime) -> bool:
        return self.begins_at - _SKEW <= moment < self.ends_at


def registered(pem: str, now: datetime) -> Certificate:
    """Of a file with one certificate. Raises Refused for what could not be shown at a gateway."""
    if "PRIVATE KEY" in pem:
        raise _unusable("has a private key in it: replace it, somebody else has seen it")
    blocks = _FIRST.findall(pem)
    if len(blocks) != 1:
        raise _unusable("holds no certificate" if not blocks else "holds several certificates")
    try:
        found, certificate = _read(_decoded(blocks[0]))
        problem = _problem_of(certificate)
    except _BROKEN:
        raise _unusable("holds no certificate that can be read") from None
    if problem is None and now >= found.ends_at:
        problem = f"has expired, at {found.ends_at.isoformat()}"
    if problem is not None:
        raise _unusable(problem)
    return found


def handed_on(fields: Fields, stated: ClientCertificatesIntent | None) -> Certificate | None:
    """What the client of a request has shown the proxy. Without `stated`, fields say nothing. Raises Declined for a
    field that the proxy did not write.
    """
    given = [] if stated is None else [value.strip(" \t") for value in fields(stated.header)]
    if stated is None or given in ([], [""]):
        return None
    try:
        if len(given) > 1 or len(given[0]) > _MOST_HANDED_ON:
            raise ValueError("several, or too long")
        found, _ = _read(_ENCODINGS[stated.encoding](given[0]))
        return found
    except _BROKEN:
        raise Declined("invalid_request", "the certificate cannot be read, or there are several") from None


def _byte_sequence(text: str) -> bytes:
    """RFC 9440 §2.1: a Byte Sequence of RFC 8941 §3.3.5, and nothing beside it."""
    found = _BYTE_SEQUENCE.fullmatch(text)
    if found is None:
        raise ValueError("no byte sequence")
    return _decoded(found[1])


def _escaped_pem(text: str) -> bytes:
    """Percent-encoded; the client's own certificate is the first one."""
    pem = unquote(text, encoding="ascii", errors="strict")
    if _BLOCKS.fullmatch(pem) is None:
        raise ValueError("no PEM")
    return _decoded(_FIRST.findall(pem)[0])


_ENCODINGS: dict[str, Callable[[str], bytes]] = {"rfc9440": _byte_sequence, "escaped-pem": _escaped_pem}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _read(der: bytes) -> tuple[Certificate, x509.Certificate]:
    """Raises one of _BROKEN."""
    if len(der) > _MOST_BYTES:
        raise ValueError("too long")
    certificate = x509.load_der_x509_certificate(der)
    subject = certificate.subject.rfc4514_string()[:_LONGEST_SUBJECT]
    shown = "".join(each if each.isprintable() else "?" for each in subject)
    thumbprint = base64.urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode()
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Certificate(thumbprint, shown, begins, ends), certificate


def _problem_of(certificate: x509.Certificate) -> str | None:
    """Why no gateway would take it in a handshake. Raises one of _BROKEN."""
    if certificate.version is not x509.Version.v3:
        return "is of version 1 of X.509, which TLS here does not take"
    key = certificate.public_key()
    fits = isinstance(key, Ed25519PublicKey)
    fits = fits or (isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES)
    fits = fits or (isinstance(key, RSAPublicKey) and 2_048 <= key.key_size <= 8_192)
    if not fits:
        return "has a key that is none of RSA of 2,048 bits or more, P-256, P-384 and Ed25519"
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return f"has a critical extension that gateways do not know ({extension.oid.dotted_string})"
    return None


def _unusable(problem: str) -> Refused:
    help = "Send the client's own certificate as one PEM block: openssl req -x509 makes one."
    return Refused("client-certificate-unusable", f"this certificate {problem}", help)

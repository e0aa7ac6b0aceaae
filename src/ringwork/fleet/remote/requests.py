"""Certificates a node asks for: its key is made here and stays here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ringwork.control.authority import Issued, key_pem, was_issued
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.link import Link


def signing_request(key: ec.EllipticCurvePrivateKey) -> str:
    """PKCS #10 (RFC 2986), PEM; whose it is, the control plane knows itself."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


class RemoteIssuer:
    """Stands for the embedded CA of one ring where the CA's key is not: `ServerIssuer` over the link."""

    def __init__(self, link: Link, ring: str, ca_pem: str) -> None:
        self._link = link
        self._ring = ring
        self._ca = x509.load_pem_x509_certificate(ca_pem.encode())

    @property
    def certificate_pem(self) -> bytes:
        return self._ca.public_bytes(serialization.Encoding.PEM)

    def issue_server(
        self, hosts: Sequence[str], lifetime: timedelta, key: ec.EllipticCurvePrivateKey | None = None
    ) -> Issued:
        """The control plane knows the ring's hosts and how long a certificate lives. Raises Refused."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        request = protocol.CertificateRequest(ring=self._ring, csr_pem=signing_request(key))
        chain = self._link.certificate(request).encode()
        leaf = x509.load_pem_x509_certificate(chain)
        pem = leaf.public_bytes(serialization.Encoding.PEM)
        return Issued(pem, key_pem(key), f"{leaf.serial_number:x}", leaf.not_valid_after_utc)

    def issued(self, certificate: x509.Certificate) -> bool:
        return was_issued(certificate, self._ca)

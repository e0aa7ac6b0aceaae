"""A service calls its neighbours as itself, and notices that its certificate or the ring has changed."""

from __future__ import annotations

import json
import os
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from examples.acme.services.mesh import NeighbourFailed, RingMesh


class Authority:
    """A CA for one test."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.certificate = self._builder(self._name, self._key.public_key()).add_extension(constraints, True)
        self.pem = self._sign(self.certificate)

    def issue(self, name: str, folder: Path) -> None:
        """`cert.pem` and `key.pem` for `name` in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        issued = self._sign(self._builder(subject, key.public_key()).add_extension(names, False))
        plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "key.pem").write_bytes(key.private_bytes(*plain))
        (folder / "cert.pem").write_bytes(issued)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class WhoAreYou(BaseHTTPRequestHandler):
    """Answers the common name of the caller's certificate."""

    def do_GET(self) -> None:
        assert isinstance(self.connection, ssl.SSLSocket)
        certificate = self.connection.getpeercert() or {}
        subject = dict(pair for group in certificate["subject"] for pair in group)  # type: ignore[misc]
        body = json.dumps({"caller": subject["commonName"], "path": self.path}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def mesh(tmp_path: Path, authority: Authority) -> Iterator[RingMesh]:
    """orders, in front of a ring that demands certificates of `authority`."""
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    authority.issue("localhost", tmp_path / "server")
    authority.issue("orders", tmp_path / "identities" / "orders")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(tmp_path / "server" / "cert.pem", tmp_path / "server" / "key.pem")
    server = HTTPServer(("127.0.0.1", 0), WhoAreYou)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    ring = {"base_url": f"https://localhost:{server.server_port}", "ca_file": str(tmp_path / "ca.pem")}
    (tmp_path / "endpoints.json").write_text(json.dumps({"rings": {"internal": ring}}))
    yield RingMesh("orders", tmp_path / "endpoints.json", tmp_path / "identities")
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_calls_with_its_own_certificate(mesh: RingMesh) -> None:
    assert mesh.call("GET", "/inventory/products").body == {"caller": "orders", "path": "/inventory/products"}


def test_a_renewed_certificate_is_used_without_a_restart(mesh: RingMesh, authority: Authority) -> None:
    mesh.call("GET", "/")
    folder = mesh.identities / "orders"
    before = (folder / "cert.pem").stat().st_mtime_ns
    authority.issue("orders-renewed", folder)
    for file in folder.iterdir():  # however coarse the clock of this file system is
        os.utime(file, ns=(before + 10**9, before + 10**9))
    assert mesh.call("GET", "/").body["caller"] == "orders-renewed"


def test_a_ring_with_a_certificate_of_somebody_else_is_not_believed(mesh: RingMesh) -> None:
    (mesh.endpoints_file.parent / "ca.pem").write_bytes(Authority().pem)
    with pytest.raises(NeighbourFailed, match="CERTIFICATE_VERIFY_FAILED"):
        mesh.call("GET", "/")


def test_without_a_ring_the_caller_is_told(tmp_path: Path) -> None:
    with pytest.raises(NeighbourFailed, match=r"endpoints\.json"):
        RingMesh("orders", tmp_path / "endpoints.json", tmp_path).call("GET", "/")

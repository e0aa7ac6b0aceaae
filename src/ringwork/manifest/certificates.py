"""Certificate files that manifests name: read once, judged where they are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ringwork.manifest.api import ApiManifest

# A bundle of all public CAs has a quarter of this.
MAX_PEM_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pem:
    """A file of certificates: its `text`, or the `problem` with it for people."""

    text: str = ""
    problem: str | None = None


def read_pems(root: Path, folder: str, manifest: ApiManifest) -> dict[str, Pem]:
    """Every certificate file the manifest names, relative to `folder`. Never raises for what files hold."""
    return {name: _read(root, root / folder / name) for name in dict.fromkeys(_named(manifest))}


def read_bundle(path: Path) -> Pem:
    """CA certificates that may vouch for services, from anywhere on this machine. Never raises."""
    try:
        if path.stat().st_size > MAX_PEM_BYTES:
            return Pem(problem=f"is larger than {MAX_PEM_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        return Pem(problem=f"cannot be read: {error.strerror}")
    found = _judged(data)
    if found.problem is None and not all(map(_is_authority, x509.load_pem_x509_certificates(data))):
        return Pem(problem="holds a certificate that is no CA's: whoever has it would vouch for itself")
    return found


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _named(manifest: ApiManifest) -> Iterator[str]:
    services = [manifest.upstream, *(version.upstream for version in manifest.versions)]
    for service in services:
        if service is not None and service.tls is not None:
            yield from (name for name in (service.tls.ca, service.tls.client_certificate) if name is not None)


def _read(root: Path, path: Path) -> Pem:
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return Pem(problem="is outside the estate")
        if path.stat().st_size > MAX_PEM_BYTES:
            return Pem(problem=f"is larger than {MAX_PEM_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        return Pem(problem=f"cannot be read: {error.strerror}")
    return _judged(data)


def _judged(data: bytes) -> Pem:
    if b"PRIVATE KEY" in data:
        return Pem(problem="holds a private key, which has no place in an estate")
    try:
        certificates = x509.load_pem_x509_certificates(data)
        # The gateway gets the certificates and nothing that may stand beside them.
        return Pem("".join(_as_pem(certificate) for certificate in certificates))
    except ValueError:
        return Pem(problem="is no PEM file of X.509 certificates")


def _as_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()

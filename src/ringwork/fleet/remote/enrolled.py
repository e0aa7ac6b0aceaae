"""What makes a state directory an enrolled gateway: `STATE/enrolment/`, open to its owner only."""

from __future__ import annotations

import shutil
from pathlib import Path

from cryptography import x509
from pydantic import BaseModel, ConfigDict, ValidationError

from ringwork.control.enrolment_token import EnrolmentToken
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.files import PRIVATE_FILE, private_directory, sync_directory, write_atomically
from ringwork.kernel.refusal import Refused


class Membership(BaseModel):
    """`control`: URL of the control plane. `token`: SHA-256 (hex) of the secret that enrolled it. Written last: what
    has it is whole.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    control: str
    name: str
    rings: list[str]
    token: str = ""


class Enrolled:
    """Paths: `key.pem` and `cert.pem` of the node, `ca.pem` with the CAs it trusts the control plane by."""

    def __init__(self, state: Path) -> None:
        self.root = state / "enrolment"
        self.key = self.root / "key.pem"
        self.certificate = self.root / "cert.pem"
        self.ca = self.root / "ca.pem"
        self._membership = self.root / "membership.json"
        self._revoked = self.root / "revoked"

    def membership(self) -> Membership | None:
        """None before the enrolment is complete."""
        try:
            return Membership.model_validate_json(self._membership.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def demand(self) -> Membership:
        """Raises Refused: never enrolled, or revoked since."""
        membership = self.membership()
        if membership is None:
            raise Refused(
                "not-enrolled",
                f"{self.root.parent} is no enrolled gateway",
                "Give the token that `ringwork gateway enrol` prints on the control plane, and --control URL.",
                status=409,
            )
        if self._revoked.exists():
            raise Refused(
                "node-revoked",
                f'the control plane has revoked the gateway "{membership.name}"',
                "Enrol it anew with another token.",
                status=403,
            )
        return membership

    def is_by(self, token: EnrolmentToken) -> bool:
        """Whether this very token enrolled it, so that who starts it with the token again need not think of it."""
        membership = self.membership()
        return membership is not None and membership.token == token_hash(token)

    def begin(self) -> None:
        """Forgets an earlier enrolment: whoever sees the membership sees the rest of the same one."""
        self._membership.unlink(missing_ok=True)
        private_directory(self.root)
        sync_directory(self.root)

    def complete(self, membership: Membership, *, key: bytes, certificate: bytes, ca: bytes) -> None:
        write_atomically(self.key, key, mode=PRIVATE_FILE)
        write_atomically(self.certificate, certificate)
        write_atomically(self.ca, ca)
        self._revoked.unlink(missing_ok=True)
        self.write(membership)

    def authorities(self) -> list[x509.Certificate]:
        """CAs the control plane is trusted by; the first issues."""
        return x509.load_pem_x509_certificates(self.ca.read_bytes())

    def trust(self, ca_pem: str) -> bool:
        """Takes over what the control plane is to be trusted by; whether that is news. Raises ValueError for what is no
        certificate: what was there stays.
        """
        if ca_pem == self.ca.read_text():
            return False
        x509.load_pem_x509_certificates(ca_pem.encode())
        write_atomically(self.ca, ca_pem.encode())
        return True

    def write(self, membership: Membership) -> None:
        write_atomically(self._membership, membership.model_dump_json().encode(), mode=PRIVATE_FILE)

    def mark_revoked(self) -> None:
        """A restart must not serve again what nobody tells revocations any more."""
        write_atomically(self._revoked, b"")


def token_hash(token: EnrolmentToken) -> str:
    return content_hash(token.secret.encode())


def forget_served(node: Path) -> None:
    """A newly enrolled gateway begins without what it served as another one."""
    for name in ("published", "identity", "identity.next", "identity.packed", "identity.old", "trust"):
        if (node / name).exists():
            shutil.rmtree(node / name)
    for name in ("accepted", "status.json"):
        (node / name).unlink(missing_ok=True)

"""One embedded CA on disk, and how another takes its place: trusted first, issuing later, alone last.

`ca-<name>.pem` holds every certificate that is trusted, what services and gateways verify with; the one of the key
`keys/ca-<name>.key` issues. While another is prepared its key is `keys/ca-<name>.next.key`;
`keys/ca-<name>.rotation` says from when it issues, and until when those before are trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ConfigDict

from ringwork.control.authority import Authority, key_pem, new_authority
from ringwork.control.directory import ControlDirectory
from ringwork.kernel.clock import Clock
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused

# Every one of them is in every manifest, and may vouch for services.
_MOST_TRUSTED = 4


class Part(StrEnum):
    """What a certificate does in a rotation."""

    ISSUING = "issuing"
    PREPARED = "prepared"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Trusted:
    """A CA certificate in force. `until`: when a previous one ends; when a prepared one issues at the earliest."""

    fingerprint: str
    part: Part
    expires_at: datetime
    until: datetime | None = None


class Rotation(BaseModel):
    """Times are Unix seconds. `announced`: the revision from which on gateways trust the prepared one.

    `until`: fingerprint of a previous one → when the trust in it ends.
    """

    model_config = ConfigDict(frozen=True)

    issues_from: int = 0
    overlap_seconds: int = 0
    announced: int | None = None
    until: dict[str, int] = {}


class AuthorityFiles:
    """Each change is one file replaced; a crash between two leaves what the next call goes on with."""

    def __init__(self, directory: ControlDirectory, name: str, clock: Clock) -> None:
        self._directory = directory
        self._name = name
        self._clock = clock
        self._bundle = directory.ca_certificate(name)
        self._key = directory.keys / f"ca-{name}.key"
        self._next_key = directory.keys / f"ca-{name}.next.key"
        self._rotation = directory.keys / f"ca-{name}.rotation"

    def opened(self) -> Authority:
        """As it issues now; made at first use."""
        with self._directory.locked("authority"):
            self._ensure()
            key, certificates = _read_key(self._key), self._certificates()
        pem = b"".join(map(_pem, certificates))
        return Authority(_of(key, certificates), key, self._clock, trusted_pem=pem)

    def trusted(self) -> list[Trusted]:
        """The one that issues first."""
        with self._directory.locked("authority"):
            self._ensure()
            found = [self._told(each) for each in self._certificates()]
        return sorted(found, key=lambda each: each.part is not Part.ISSUING)

    def rotation(self) -> Rotation:
        """The one under way, or the last."""
        if not self._rotation.exists():
            return Rotation()
        return Rotation.model_validate_json(self._rotation.read_bytes())

    def prepare(self, *, lead: timedelta, overlap: timedelta) -> None:
        """Another CA, trusted from now on; it issues after `lead` at the earliest, and those before are trusted for
        `overlap` from then on. Raises Refused.
        """
        with self._directory.locked("authority"):
            self._ensure()
            self._demand_room()
            self._prepare(lead, overlap, self.rotation().until)

    def replace(self) -> None:
        """Another CA in place of all others, at once: nobody sees both."""
        with self._directory.locked("authority"):
            self._ensure()
            self._prepare(timedelta(), timedelta(), until={})
            self._switch()
            self._retire()

    def announce(self, revision: int) -> None:
        """Notes the revision that makes gateways trust the prepared one."""
        with self._directory.locked("authority"):
            self._write(self.rotation().model_copy(update={"announced": revision}))

    def is_prepared(self) -> bool:
        return self._next_key.exists() and any(each.part is Part.PREPARED for each in self.trusted())

    def is_due(self) -> bool:
        """Whether the prepared one may issue now."""
        return self._clock().timestamp() >= self.rotation().issues_from

    def switch(self) -> None:
        """The prepared one issues from now on. The key of the one before is gone with it."""
        with self._directory.locked("authority"):
            self._switch()

    def retire(self) -> bool:
        """Ends the trust in those before whose time is over; whether there were any."""
        if not self._rotation.exists():
            return False
        with self._directory.locked("authority"):
            return self._retire()

    def _ensure(self) -> None:
        """Key first: a certificate on disk means its key is there too."""
        if not self._bundle.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            write_atomically(self._key, key_pem(key), mode=PRIVATE_FILE)
            self._write_bundle([new_authority(self._name, key, self._clock())])

    def _prepare(self, lead: timedelta, overlap: timedelta, until: dict[str, int]) -> None:
        now, key = self._clock(), ec.generate_private_key(ec.SECP256R1())
        certificates = self._certificates()
        write_atomically(self._next_key, key_pem(key), mode=PRIVATE_FILE)
        due, overlapping = int((now + lead).timestamp()), int(overlap.total_seconds())
        self._write(Rotation(issues_from=due, overlap_seconds=overlapping, until=until))
        self._write_bundle([*certificates, new_authority(self._name, key, now)])

    def _switch(self) -> None:
        rotation = self.rotation()
        ends = int(self._clock().timestamp()) + rotation.overlap_seconds
        until = rotation.until | {_name(self._issuing()): ends}
        self._write(rotation.model_copy(update={"until": until}))
        self._next_key.replace(self._key)

    def _retire(self) -> bool:
        rotation, certificates = self.rotation(), self._certificates()
        if len(certificates) == 1:
            return False
        in_use, now = (self._issuing(), self._prepared()), self._clock().timestamp()
        # One that is neither in use nor on record was given up at once, or by a crash.
        kept = [each for each in certificates if each in in_use or rotation.until.get(_name(each), 0) > now]
        if len(kept) == len(certificates):
            return False
        self._write_bundle(kept)
        left = {name: until for name, until in rotation.until.items() if until > now}
        self._write(rotation.model_copy(update={"until": left}))
        return True

    def _demand_room(self) -> None:
        if self._prepared() is not None:
            help = "`ringwork ca list` says from when it issues; --at-once does not wait for it."
            raise Refused("ca-rotating", f"another {self._name} CA is prepared already", help, status=409)
        if len(self._certificates()) >= _MOST_TRUSTED:
            help = "Wait until the oldest is retired, or rotate with --at-once."
            raise Refused("cas-too-many", f"{_MOST_TRUSTED} CAs are trusted still", help, status=409)

    def _issuing(self) -> x509.Certificate:
        return _of(_read_key(self._key), self._certificates())

    def _prepared(self) -> x509.Certificate | None:
        """None too where a crash left a key whose certificate nobody was told of."""
        if not self._next_key.exists():
            return None
        public = _read_key(self._next_key).public_key()
        return next((each for each in self._certificates() if each.public_key() == public), None)

    def _told(self, certificate: x509.Certificate) -> Trusted:
        name, rotation = _name(certificate), self.rotation()
        part, until = Part.PREVIOUS, rotation.until.get(name)
        if certificate == self._issuing():
            part, until = Part.ISSUING, None
        elif certificate == self._prepared():
            part, until = Part.PREPARED, rotation.issues_from
        moment = None if until is None else datetime.fromtimestamp(until, UTC)
        return Trusted(name, part, certificate.not_valid_after_utc, moment)

    def _certificates(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self._bundle.read_bytes())

    def _write_bundle(self, certificates: Sequence[x509.Certificate]) -> None:
        write_atomically(self._bundle, b"".join(map(_pem, certificates)))

    def _write(self, rotation: Rotation) -> None:
        write_atomically(self._rotation, rotation.model_dump_json().encode(), mode=PRIVATE_FILE)


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no ECDSA key")
    return key


def _of(key: ec.EllipticCurvePrivateKey, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate of `key`."""
    public = key.public_key()
    return next(each for each in certificates if each.public_key() == public)


def _name(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)

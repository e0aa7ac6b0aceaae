"""Signed notes (c2sp.org/signed-note): text, an empty line, one line a signature. Ed25519 only.

A public key is written `NAME+HASH+KEY`: a name, the first four bytes of SHA-256 over name and key in hex, and base64 of
the algorithm (0x01) with the 32 bytes of the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE_BYTES = 64 * 1024
_ED25519 = b"\x01"
_HASH_BYTES = 4
_SIGNATURE = "\u2014 "


class NotTrusted(ValueError):
    """A key that is none, a note that is none, or one that this key did not sign; the text says which."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who may have signed. `key`: 32 bytes."""

    name: str
    key: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(each.isspace() for each in self.name):
            raise NotTrusted(f'"{self.name}" cannot be the name of a key')

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:_HASH_BYTES]

    def text(self) -> str:
        """`NAME+HASH+KEY`."""
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.key).decode()}"


def read_verifier(text: str) -> Verifier:
    """Raises NotTrusted when `text` is no `NAME+HASH+KEY` of an Ed25519 key."""
    name, _, rest = text.strip().partition("+")
    hash, _, encoded = rest.partition("+")
    data = _decoded(encoded)
    if len(data) != 33 or data[:1] != _ED25519:
        raise NotTrusted("this is no public key of a ledger: it is written NAME+HASH+KEY")
    verifier = Verifier(name, data[1:])
    if verifier.hash.hex() != hash:
        raise NotTrusted("this public key was changed: its hash is another's")
    return verifier


def signed(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """`text`, which ends in a newline, as a note with one signature."""
    if not text.endswith("\n"):
        raise ValueError("what is signed ends in a newline")
    verifier = Verifier(name, key.public_key().public_bytes_raw())
    signature = base64.b64encode(verifier.hash + key.sign(text.encode())).decode()
    return f"{text}\n{_SIGNATURE}{name} {signature}\n"


def opened(note: str, verifier: Verifier) -> str:
    """The text of a note that `verifier`'s key signed; signatures of others are passed over. Raises NotTrusted."""
    if len(note.encode(errors="replace")) > MAX_NOTE_BYTES:
        raise NotTrusted(f"a note has {MAX_NOTE_BYTES} bytes at most")
    text, empty_line, signatures = note.rpartition("\n\n")
    text += "\n"
    if not empty_line or not signatures.endswith("\n"):
        raise NotTrusted("this is no signed note")
    for line in signatures.removesuffix("\n").split("\n"):
        if _is_by(line, verifier, text):
            return text
    raise NotTrusted(f"it is not signed by {verifier.name}")


def _is_by(line: str, verifier: Verifier, text: str) -> bool:
    name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
    data = _decoded(encoded)
    if not line.startswith(_SIGNATURE) or name != verifier.name or data[:_HASH_BYTES] != verifier.hash:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(data[_HASH_BYTES:], text.encode())
    except InvalidSignature:
        raise NotTrusted(f"the signature of {name} does not fit what it stands under") from None
    return True


def _decoded(text: str) -> bytes:
    """Empty when it is no base64, or not the one way to write it."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""

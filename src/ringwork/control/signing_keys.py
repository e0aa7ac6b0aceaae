"""Keys of the control plane: it signs service tokens (ES256) and the ledger (Ed25519), and seals secrets."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringwork.control.authority import key_pem
from ringwork.control.directory import ControlDirectory
from ringwork.kernel.files import PRIVATE_FILE, write_atomically


def sealing_key(directory: ControlDirectory) -> bytes:
    """The key secrets are sealed with (AES-256), made at first use."""
    path = directory.keys / "secrets.key"
    with directory.locked("signing"):
        if not path.exists():
            write_atomically(path, AESGCM.generate_key(bit_length=256), mode=PRIVATE_FILE)
    return path.read_bytes()


def token_key(directory: ControlDirectory) -> ec.EllipticCurvePrivateKey:
    """The key service tokens are signed with, made at first use."""
    path = directory.keys / "service-token.key"
    with directory.locked("signing"):
        if not path.exists():
            write_atomically(path, key_pem(ec.generate_private_key(ec.SECP256R1())), mode=PRIVATE_FILE)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no ECDSA key")
    return key


def ledger_key(directory: ControlDirectory) -> Ed25519PrivateKey:
    """The key checkpoints of the ledger are signed with, made at first use."""
    path = directory.keys / "ledger.key"
    with directory.locked("signing"):
        if not path.exists():
            write_atomically(path, Ed25519PrivateKey.generate().private_bytes_raw(), mode=PRIVATE_FILE)
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())

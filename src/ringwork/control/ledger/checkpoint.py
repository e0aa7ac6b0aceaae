"""What is signed of a ledger (c2sp.org/tlog-checkpoint): whose it is, how many entries it has, and their root."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork.control.ledger.note import NotTrusted, Verifier, opened, signed

_BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`origin` names the ledger, and is the name of its key. `root`: 32 bytes."""

    origin: str
    size: int
    root: bytes

    def signed(self, key: Ed25519PrivateKey) -> str:
        body = f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
        return signed(body, self.origin, key)


def read_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Raises NotTrusted: not signed by `verifier`, of another ledger, or no checkpoint."""
    found = _BODY.fullmatch(opened(note, verifier))
    if found is None:
        raise NotTrusted("what is signed is no checkpoint")
    origin, size, root = found.groups()
    if origin != verifier.name:
        raise NotTrusted(f'it is a checkpoint of the ledger "{origin}", not of "{verifier.name}"')
    return Checkpoint(origin, int(size), base64.b64decode(root))

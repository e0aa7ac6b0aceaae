"""Who may open a backup: X25519 keys of age (age-encryption.org/v1), which other tools read and make too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyrage import IdentityError, RecipientError
from pyrage.x25519 import Identity, Recipient

from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused


def new_identity(file: Path) -> str:
    """Writes a new key into `file`, as `age-keygen` does; whom to encrypt to for it. Raises Refused: it exists."""
    if file.exists():
        raise Refused(
            "file-exists", f"{file} exists", "Name another file: a key is not replaced.", status=409
        )
    identity = Identity.generate()
    recipient = str(identity.to_public())
    write_atomically(file, f"# public key: {recipient}\n{identity}\n".encode(), mode=PRIVATE_FILE)
    return recipient


def read_recipients(given: Iterable[str]) -> list[Recipient]:
    """Raises Refused."""
    return [_recipient(each) for each in given]


def read_identities(file: Path) -> Sequence[Identity]:
    """The keys in `file`, one a line. Raises Refused."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
        found = [Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, IdentityError) as error:
        raise _no_identity(file, str(error)) from None
    if not found:
        raise _no_identity(file, "it holds none")
    return found


def _recipient(text: str) -> Recipient:
    try:
        return Recipient.from_str(text)
    except RecipientError:
        help = "It begins with age1: `ringwork backup-key FILE` makes a key and prints it."
        raise Refused("recipient-malformed", f'"{text}" is nobody to encrypt to', help) from None


def _no_identity(file: Path, why: str) -> Refused:
    help = "Name the file that `ringwork backup-key` or `age-keygen` wrote: a line AGE-SECRET-KEY-1…."
    return Refused("identity-unusable", f"{file} is no key of age: {why}", help)

"""Secrets the estate refers to: encrypted in the store, or read from the environment or a file.

A reference is `secret://name` (the store), `env://NAME` (the environment of the process that applies) or
`file:///path` (a file of this machine). Values are handed to the node and shown to nobody. MASKING_KEY is none of the
estate's: it stands for a key that is derived from the state's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ringwork.control.model import SecretRecord
from ringwork.control.ports import SecretRecords
from ringwork.control.sealing import seal, unseal
from ringwork.intent.model import MASKING_KEY
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

# A private key with its chain has a tenth of this.
MAX_SECRET_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,189}")
_MASKING_KEY_BYTES = 32


class Unresolved(LookupError):
    """A reference without a value; the text says why and holds nothing of a secret."""


class NothingStored:
    """The records of a state that was never begun."""

    def put(self, record: SecretRecord) -> None:
        raise LookupError("there is no store to put it in")

    def delete(self, name: str, at: datetime) -> bool:
        return False

    def find(self, name: str) -> SecretRecord | None:
        return None

    def all(self) -> list[SecretRecord]:
        return []


class Secrets:
    """`key` gives the 32 bytes secrets are sealed with; `environment` is what `env://` looks in."""

    def __init__(
        self,
        records: SecretRecords,
        *,
        key: Callable[[], bytes],
        clock: Clock,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._records = records
        self._key = key
        self._clock = clock
        self._environment = environment

    def prepare(self, name: str, value: str) -> SecretRecord:
        """A secret as it will be stored. Raises Refused for a name or value that cannot be one."""
        if not _NAME.fullmatch(name):
            help = "Use letters, digits, '.', '_', '-' and '/', such as orders/token."
            raise Refused("secret-name-invalid", "this is not the name of a secret", help, status=422)
        data = value.encode()
        if not 0 < len(data) <= MAX_SECRET_BYTES:
            help = f"A secret has 1 to {MAX_SECRET_BYTES} bytes of text."
            raise Refused(
                "secret-value-invalid", f"a secret of {len(data)} bytes is not taken", help, status=422
            )
        sealed = seal(self._key(), data, of=name.encode())
        return SecretRecord(name, sealed, self._clock().replace(microsecond=0))

    def keep(self, record: SecretRecord) -> None:
        """Stores it, in place of the one of its name."""
        self._records.put(record)

    def set(self, name: str, value: str) -> None:
        """Prepared and kept. Raises Refused."""
        self.keep(self.prepare(name, value))

    def demand(self, secret_id: str) -> SecretRecord:
        """Raises Refused when there is none."""
        found = next((record for record in self._records.all() if record.id == secret_id), None)
        if found is None:
            help = "`ringwork secret list` shows what there is."
            raise Refused("secret-unknown", f"there is no secret {secret_id}", help, status=404)
        return found

    def page(self, *, limit: int, after: str = "") -> Sequence[SecretRecord]:
        """By name; sealed as they are stored."""
        return [record for record in self._records.all() if record.name > after][:limit]

    def remove(self, name: str) -> None:
        """Raises Refused when there is none."""
        if not self._records.delete(name, self._clock()):
            help = "`ringwork secret list` shows what there is."
            raise Refused("secret-unknown", f"there is no secret {name}", help, status=404)

    def every(self) -> list[SecretRecord]:
        """All of them, by name; sealed as they are stored."""
        return self._records.all()

    def value(self, reference: str) -> str:
        """What `reference` stands for, without a newline at its end. Raises Unresolved."""
        if reference == MASKING_KEY:
            return self._masking_key()
        kind, _, name = reference.partition("://")
        value = {"secret": self._stored, "env": self._exported, "file": self._written}[kind](name)
        value = value.removesuffix("\n").removesuffix("\r")
        if not value:
            raise Unresolved("it is empty")
        if len(value.encode()) > MAX_SECRET_BYTES:
            raise Unresolved(f"it has more than {MAX_SECRET_BYTES} bytes")
        return value

    def _masking_key(self) -> str:
        """64 hexadecimal digits: the same while the state has its key, which they tell nothing of (RFC 5869)."""
        derived = HKDF(SHA256(), length=_MASKING_KEY_BYTES, salt=None, info=MASKING_KEY.encode())
        return derived.derive(self._key()).hex()

    def _stored(self, name: str) -> str:
        record = self._records.find(name)
        if record is None:
            raise Unresolved(f"set it with `ringwork secret set {name}`")
        try:
            # The name is bound to the value: a row under another name does not open.
            return unseal(self._key(), record.sealed, of=name.encode()).decode()
        except InvalidTag:
            raise Unresolved("it was sealed with another key; set it again") from None

    def _exported(self, name: str) -> str:
        if name not in self._environment:
            raise Unresolved("it is not in the environment of this process")
        return self._environment[name]

    def _written(self, path: str) -> str:
        try:
            with Path(path).open("rb") as file:
                return file.read(MAX_SECRET_BYTES + 2).decode()
        except OSError as error:
            raise Unresolved(f"it cannot be read: {error.strerror}") from None
        except ValueError:
            raise Unresolved("it is not text") from None

"""The key manifests are signed with (Ed25519), and its predecessors while both are trusted.

`keys/manifest.key` signs; `keys/manifest.previous` says which public keys are trusted beside it, and until when.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork.control.directory import ControlDirectory
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused

# With the one in use, as many as a gateway reads (`crates/server/src/node.rs`).
_MOST_PREVIOUS = 7


class ManifestKeys:
    """Not for two threads at once."""

    def __init__(self, directory: ControlDirectory) -> None:
        self._directory = directory
        self._file = directory.keys / "manifest.key"
        self._previous_file = directory.keys / "manifest.previous"
        self.current = self._read()

    def trusted(self) -> list[bytes]:
        """Public keys, 32 bytes each, the one in use first."""
        current = _public(self.current)
        return [current, *(key for key in map(bytes.fromhex, self._previous()) if key != current)]

    def previous(self) -> dict[str, datetime]:
        """Public key, hex → until when it is trusted, where that is not over."""
        return {key: datetime.fromtimestamp(until, UTC) for key, until in self._previous().items()}

    def rotate(self, *, trusted_until: datetime | None) -> None:
        """Another key from now on; the one before is trusted until then, or (None) not at all. Raises Refused.

        The old key is on record as trusted before the new one signs: a crash between the two changes nothing.
        """
        with self._directory.locked("signing"):
            previous = self._previous()
            if trusted_until is not None:
                previous |= {_public(self.current).hex(): int(trusted_until.timestamp())}
            if len(previous) > _MOST_PREVIOUS:
                help = "Wait until the oldest is retired, or rotate with --at-once."
                raise Refused("keys-too-many", f"{_MOST_PREVIOUS} keys are trusted still", help, status=409)
            self._write_previous({} if trusted_until is None else previous)
            write_atomically(self._file, Ed25519PrivateKey.generate().private_bytes_raw(), mode=PRIVATE_FILE)
        self.current = self._read()

    def retire(self, now: datetime) -> bool:
        """Ends the trust in keys whose time is over; whether there were any."""
        previous = self._previous()
        kept = {key: until for key, until in previous.items() if until > now.timestamp()}
        if kept != previous:
            self._write_previous(kept)
        return kept != previous

    def _previous(self) -> dict[str, int]:
        """Public key, hex → until when it is trusted, Unix seconds."""
        if not self._previous_file.exists():
            return {}
        return {str(key): int(until) for key, until in json.loads(self._previous_file.read_bytes()).items()}

    def _write_previous(self, previous: dict[str, int]) -> None:
        write_atomically(
            self._previous_file, json.dumps(previous, sort_keys=True).encode(), mode=PRIVATE_FILE
        )

    def _read(self) -> Ed25519PrivateKey:
        with self._directory.locked("signing"):
            if not self._file.exists():
                key = Ed25519PrivateKey.generate().private_bytes_raw()
                write_atomically(self._file, key, mode=PRIVATE_FILE)
        return Ed25519PrivateKey.from_private_bytes(self._file.read_bytes())


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()

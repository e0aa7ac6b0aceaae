"""The node directory: all a gateway needs; nothing outside it is read by a gateway (ARCHITECTURE.md)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ringwork.kernel.files import private_directory, write_atomically


class NodeDirectory:
    def __init__(self, root: Path) -> None:
        self.root = private_directory(root.absolute())
        self.published = root / "published"
        self.identity = root / "identity"
        self.accepted = root / "accepted"
        self.status = root / "status.json"
        self.secrets = root / "secrets" / "upstreams.json"
        self.issuer_keys = root / "issuers" / "keys.json"
        self.issuer_problems = root / "issuers" / "problems.json"
        # There while somebody asks the supervisor to replace the gateway.
        self.upgrade = root / "upgrade"
        self.logs = root / "log"
        self.access_log = self.logs / "access.ndjson"
        # Writes that are on record, of each gateway that ran here, until the ledger has them.
        self.journal = root / "journal"
        self.telemetry = root / "telemetry"
        # Up to where uses of keys were told.
        self.key_uses = self.telemetry / "key-uses.json"
        self.telemetry_log = self.logs / "telemetry.log"
        self.gateway_log = self.logs / "gateway.log"
        self._trusted_keys = root / "trust" / "manifest.pub"
        for folder in ("trust", "tls", "log", "limits", "published", "telemetry"):
            private_directory(self.root / folder)

    def tls(self, ring: str) -> Path:
        return self.root / "tls" / ring

    def trust(self, public_keys: Sequence[bytes]) -> None:
        """Manifests must be signed with one of these Ed25519 keys (32 bytes); a gateway refuses all others."""
        text = "".join(f"{key.hex()}\n" for key in public_keys).encode()
        if not self._trusted_keys.exists() or self._trusted_keys.read_bytes() != text:
            write_atomically(self._trusted_keys, text)

    def trusted(self) -> list[str]:
        """Those keys, hex; none before the first revision."""
        return self._trusted_keys.read_text().split() if self._trusted_keys.exists() else []

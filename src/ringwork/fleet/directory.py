"""The node directory: all a gateway needs; nothing outside it is read by a gateway (ARCHITECTURE.md)."""

from __future__ import annotations

from pathlib import Path

from ringwork.kernel.files import private_directory, write_atomically


class NodeDirectory:
    def __init__(self, root: Path) -> None:
        self.root = private_directory(root.absolute())
        self.published = root / "published"
        self.identity = root / "identity"
        self.accepted = root / "accepted"
        self.status = root / "status.json"
        self.logs = root / "log"
        self.access_log = self.logs / "access.ndjson"
        self.gateway_log = self.logs / "gateway.log"
        self._trusted_key = root / "trust" / "manifest.pub"
        for folder in ("trust", "tls", "log", "limits", "published"):
            private_directory(self.root / folder)

    def tls(self, ring: str) -> Path:
        return self.root / "tls" / ring

    def trust(self, public_key: bytes) -> None:
        """Manifests must be signed with this Ed25519 key (32 bytes); a gateway refuses all others."""
        text = f"{public_key.hex()}\n".encode()
        if not self._trusted_key.exists() or self._trusted_key.read_bytes() != text:
            write_atomically(self._trusted_key, text)

"""The control plane's part of the state directory (ARCHITECTURE.md), open to its owner only."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringwork.kernel.files import private_directory


class ControlDirectory:
    """`STATE/control`: database, keys, sources of revisions."""

    def __init__(self, root: Path) -> None:
        self.root = private_directory(root)
        self.keys = private_directory(root / "keys")
        self.revisions = private_directory(root / "revisions")
        self.database = root / "ringwork.db"
        # There when the store is a server's instead: which, and as whose (`store/place.py`); no password.
        self.store = root / "store.json"
        self.ports = root / "ports.json"
        # What the control plane shows to gateways elsewhere.
        self.nodes_tls = root / "nodes-tls"
        # What the current revision exposes (`ExposureSnapshot.as_dict()`): `ringwork plan` compares with it. Its parts
        # are among the objects of the revisions.
        self.exposure = root / "exposure.json"
        self.parts = self.revisions / "objects"
        # Contracts of prototypes, and the port they are answered on.
        self.mocks = root / "mocks"
        # Results that can be made again; whoever removes it loses time and nothing else.
        self.cache = root / "cache"

    def ca_certificate(self, name: str) -> Path:
        return self.root / f"ca-{name}.pem"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One process at a time; released by the kernel when the holder dies."""
        with (self.root / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

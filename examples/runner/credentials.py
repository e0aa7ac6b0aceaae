"""The demos' own keys and certificates, kept beside Ringwork's state and good across restarts.

Ringwork stores keys as hashes and shows them once, so who wants to use one again keeps it: here in a file only
its owner may read.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

# An SVID is good for a day; half of it leaves time for whoever pasted a command with its path.
_RENEW_AFTER_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """A demo's name for a key, and what `ringwork key create` is told about it."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: str


class Ringwork(Protocol):
    """What is needed of `examples.runner.platform.Ringwork`."""

    @property
    def state(self) -> Path: ...

    def json(self, *arguments: str) -> Any: ...


class Credentials:
    """Files in `<state>/demo/`: `keys.json`, and `identities/<service>/{cert,key}.pem`."""

    def __init__(self, ringwork: Ringwork) -> None:
        self._ringwork = ringwork
        self._folder = ringwork.state / "demo"
        self._keys_file = self._folder / "keys.json"

    def keys(self, wanted: tuple[KeyWanted, ...]) -> dict[str, Key]:
        """The wanted keys by name: kept ones that are still good, new ones in place of the others."""
        good = {each["id"] for each in self._ringwork.json("key", "list") if not each["revoked_at"]}
        kept = {name: key for name, key in self._kept().items() if key.id in good}
        for each in wanted:
            if each.name not in kept:
                made = self._ringwork.json("key", "create", *each.options)
                kept[each.name] = Key(made["id"], made["key"])
                self._keep(kept)
        return kept

    def identity(self, service: str) -> Path:
        """The folder with `cert.pem` and `key.pem` of a service, issued anew when they are half a day old."""
        folder = self._folder / "identities" / service
        certificate = folder / "cert.pem"
        if not certificate.exists() or time.time() - certificate.stat().st_mtime > _RENEW_AFTER_SECONDS:
            self.issue(service)
        return folder

    def issue(self, service: str) -> None:
        folder = self._folder / "identities" / service
        folder.mkdir(parents=True, exist_ok=True)
        self._ringwork.json("identity", "issue", service, "--out", str(folder))

    def _kept(self) -> dict[str, Key]:
        if not self._keys_file.exists():
            return {}
        return {name: Key(**key) for name, key in json.loads(self._keys_file.read_text()).items()}

    def _keep(self, keys: dict[str, Key]) -> None:
        text = json.dumps(
            {name: {"id": key.id, "secret": key.secret} for name, key in keys.items()}, indent=2
        )
        draft = self._keys_file.with_suffix(".new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(self._keys_file)

"""The demos' own keys and certificates, kept beside Ringwork's state and good across restarts.

Ringwork stores keys as hashes and shows them once, so who wants to use one again keeps it: here in files only
their owner may read.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

# An SVID is good for a day; half of it leaves time for whoever pasted a command with its path.
_RENEW_AFTER_SECONDS = 12 * 3600
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """A demo's name for a key, and what is asked for: `partner`, or `ring`, `consumer` and `plan`."""

    name: str
    order: dict[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: str


class Admin(Protocol):
    """What is needed of `examples.runner.admin.Admin`."""

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]: ...


class Credentials:
    """`keys.json` and `identities/<service>/{cert,key}.pem` in `folder`."""

    def __init__(self, admin: Admin, folder: Path) -> None:
        self._admin = admin
        self._folder = folder
        self._keys_file = folder / "keys.json"

    def keys(self, wanted: tuple[KeyWanted, ...]) -> dict[str, Key]:
        """The wanted keys by name: kept ones that are still good, new ones in place of the others."""
        good = set(self._good_key_ids())
        kept = {name: key for name, key in self._kept().items() if key.id in good}
        for each in wanted:
            if each.name not in kept:
                made = self._admin.ask("POST", "/keys", each.order)
                kept[each.name] = Key(made["id"], made["key"])
                _write_private(self._keys_file, json.dumps({name: asdict(key) for name, key in kept.items()}))
        return kept

    def identity(self, service: str) -> Path:
        """The folder with `cert.pem` and `key.pem` of a service, issued anew when they are half a day old."""
        folder = self._folder / "identities" / service
        certificate = folder / "cert.pem"
        if not certificate.exists() or time.time() - certificate.stat().st_mtime > _RENEW_AFTER_SECONDS:
            issued = self._admin.ask("POST", "/identities/certificates", {"service": service})
            _write_private(folder / "key.pem", issued["key_pem"])
            _write_private(certificate, issued["certificate_pem"])
        return folder

    def _good_key_ids(self) -> Iterator[str]:
        following = f"/keys?limit={_PAGE}"
        while following:
            page = self._admin.ask("GET", following)
            yield from (key["id"] for key in page["keys"] if not key["revoked_at"])
            following = page["next"] and f"/keys?limit={_PAGE}&cursor={page['next']}"

    def _kept(self) -> dict[str, Key]:
        if not self._keys_file.exists():
            return {}
        return {name: Key(**key) for name, key in json.loads(self._keys_file.read_text()).items()}


def _write_private(file: Path, text: str) -> None:
    """Replaces `file` in one step, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(file)

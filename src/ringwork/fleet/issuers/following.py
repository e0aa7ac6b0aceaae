"""Follows what issuers publish for as long as the manifest in force names them.

Looked at on an interval, and never because a token names a key nobody knows: gateways ask nobody, and whoever can send
a token must not make us call its issuer (docs/decisions/0021). What cannot be fetched leaves what was there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.issuers.fetching import NotFetched, fetch_key_set
from ringwork.fleet.issuers.keys_file import fetched_keys, read_key_sets, write_key_sets
from ringwork.fleet.issuers.standing import write_problems
from ringwork.fleet.pauses import Pauses
from ringwork.fleet.telemetry.receivers import NodeManifest

_LOOK_SECONDS = 0.25
_TOLD_AGAIN_SECONDS = 300.0

# Address and CAs (PEM) → public keys. Raises NotFetched.
Fetch = Callable[[str, str | None], dict[str, Any]]


@dataclass(slots=True)
class _Address:
    """One `jwks_uri`. `due`, `told_at`: monotonic."""

    ca_pem: str | None
    refresh_seconds: float
    due: float = 0.0
    problem: str | None = None
    told_at: float = 0.0
    pauses: Pauses = field(default_factory=Pauses)


class IssuerKeyFollower:
    """`say` hears one line per event. Beside the control plane; nodes elsewhere are told by it."""

    def __init__(
        self, node: NodeDirectory, *, say: Callable[[str], None], fetch: Fetch = fetch_key_set
    ) -> None:
        self._node = node
        self._manifest = NodeManifest(node)
        self._say = say
        self._fetch = fetch
        self._addresses: dict[str, _Address] = {}
        self._before: frozenset[str] = frozenset()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="issuer-keys", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Not waited for: it may sit in an answer that takes its time, and leaves nothing half done."""
        self._stopping.set()

    def look(self) -> None:
        """Fetches what is due."""
        self._take_over(self._manifest.payload())
        for uri, address in self._addresses.items():
            if time.monotonic() >= address.due and not self._stopping.is_set():
                self._refresh(uri, address)
                self._note_problems()

    def _follow(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self.look()
            except OSError as error:  # a full disk: tried again
                self._say(f"keys of issuers cannot be kept: {error.strerror}")
                self._stopping.wait(_TOLD_AGAIN_SECONDS / 10)

    def _take_over(self, manifest: Mapping[str, Any]) -> None:
        wanted = {keys["jwks_uri"]: keys for keys in fetched_keys(manifest)}
        if {uri: (said.ca_pem, said.refresh_seconds) for uri, said in self._addresses.items()} == {
            uri: (keys.get("ca_pem"), keys["refresh_seconds"]) for uri, keys in wanted.items()
        }:
            return
        self._before = frozenset(self._addresses)
        self._addresses = {
            uri: _Address(keys.get("ca_pem"), keys["refresh_seconds"]) for uri, keys in wanted.items()
        }

    def _refresh(self, uri: str, address: _Address) -> None:
        try:
            keys = self._fetch(uri, address.ca_pem)
        except NotFetched as error:
            address.due = time.monotonic() + min(address.pauses.next(), address.refresh_seconds)
            self._tell(address, str(error))
            return
        self._keep(uri, keys)
        address.pauses.reset()
        address.due = time.monotonic() + address.refresh_seconds
        if address.problem is not None:
            self._say(f"{uri}: keys are there again")
            address.problem = None

    def _note_problems(self) -> None:
        said = {uri: one.problem for uri, one in self._addresses.items() if one.problem is not None}
        write_problems(self._node, said)

    def _keep(self, uri: str, keys: dict[str, Any]) -> None:
        """Those of the revision before stay for its last requests."""
        there = read_key_sets(self._node.issuer_keys)
        if there.get(uri, keys) != keys:
            self._say(f"{uri}: other keys than before, {len(keys['keys'])} now")
        kept = {name: there[name] for name in there if name in self._addresses or name in self._before}
        write_key_sets(self._node.issuer_keys, kept | {uri: keys})

    def _tell(self, address: _Address, problem: str) -> None:
        """What stays as it is, now and then."""
        now = time.monotonic()
        if problem != address.problem or now - address.told_at >= _TOLD_AGAIN_SECONDS:
            address.problem, address.told_at = problem, now
            self._say(f"keys of an issuer cannot be fetched, those known stay: {problem}")

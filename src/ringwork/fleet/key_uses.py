"""Keeps when keys were used last, of the gateway beside: every few seconds, and no request waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ringwork.fleet.directory import NodeDirectory
from ringwork.usage.key_uses import KeyUses

_EVERY_SECONDS = 5.0


class KeptKeyUses:
    """`note` keeps what it is given, or raises: then it is given it again."""

    def __init__(self, node: NodeDirectory, note: Callable[[Mapping[str, int]], None]) -> None:
        self._uses = KeyUses(node.access_log, node.key_uses)
        self._note = note
        self._kept_at = 0.0

    def keep(self) -> None:
        """What is new, if it is time. Raises Refused or OSError."""
        if time.monotonic() - self._kept_at < _EVERY_SECONDS:
            return
        used = self._uses.read()
        if used:
            self._note(used)
        self._uses.settled()
        self._kept_at = time.monotonic()

"""Bringing a node's identity data up to date from the change log.

A key that was acknowledged is in the log; whether the node has it yet does not matter to a crash, because the
node knows the number of its last change and is brought up from there.
"""

from __future__ import annotations

from ringwork.control.directory import ControlDirectory
from ringwork.control.ports import ChangeLog, IdentityNode

_BATCH = 10_000


class NodeIdentity:
    """Keeps one node in step with the change log."""

    def __init__(self, log: ChangeLog, node: IdentityNode, directory: ControlDirectory) -> None:
        self._log = log
        self._node = node
        self._directory = directory

    def bring_up_to_date(self) -> int:
        """Applies what the node lacks, in order; returns the number of its last change.

        One process at a time: two that applied the same span could put a revoked key back.
        """
        with self._directory.locked("identity"):
            while changes := self._log.after(self._node.seq(), limit=_BATCH):
                self._node.apply(changes)
            return self._node.seq()

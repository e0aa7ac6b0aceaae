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
            return self._brought_up_to_date()

    def compact(self) -> None:
        """Keeps the log from growing with what happened; the node has all of it first."""
        with self._directory.locked("identity"):
            self._brought_up_to_date()
            self._log.compact()

    def _brought_up_to_date(self) -> int:
        extent = self._log.extent()
        if not extent.continues(self._node.seq()):
            self._node.start_over()  # one of the two is from a backup: what was removed since is not told again
        if extent.newest and not self._node.seq():
            self._fill()
        while changes := self._log.after(self._node.seq(), limit=_BATCH):
            self._node.apply(changes)
        return self._node.seq()

    def _fill(self) -> None:
        """A new node gets what holds, not what happened: by id, in one piece, which takes least time and room."""
        with self._log.standing() as standing:
            self._node.fill(standing)

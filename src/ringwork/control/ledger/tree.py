"""Merkle trees as RFC 9162 §2.1 hashes them (RFC 6962 did the same): SHA-256, 0x00 before leaves, 0x01 before nodes.

A tree of `n` leaves is cut at the largest power of two below `n`. Hashes are 32 bytes. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that must be kept of a tree to go on: the roots of its complete subtrees, largest first, one for each bit
    that is set in `size`.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.roots) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has {self.size.bit_count()} complete subtrees")

    def appended(self, leaf: bytes) -> Frontier:
        """With one more leaf, given by its hash."""
        roots, joined, size = list(self.roots), leaf, self.size
        while size & 1:
            joined, size = node_hash(roots.pop(), joined), size >> 1
        return Frontier(self.size + 1, (*roots, joined))

    def root(self) -> bytes:
        return _folded(self.roots) if self.roots else EMPTY_ROOT


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    """Of the hashes of all leaves."""
    grown = Frontier()
    for leaf in leaves:
        grown = grown.appended(leaf)
    return grown


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves) of §2.1.3.1. Raises IndexError when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"{index} of {len(leaves)} leaves")
    if len(leaves) == 1:
        return []
    cut = _cut(len(leaves))
    if index < cut:
        return [*inclusion_proof(leaves[:cut], index), _root(leaves[cut:])]
    return [*inclusion_proof(leaves[cut:], index - cut), _root(leaves[:cut])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """PROOF(size, leaves) of §2.1.4.1: that the tree of the first `size` leaves is what this one began with.

    Raises IndexError unless 0 < size <= number of leaves.
    """
    if not 0 < size <= len(leaves):
        raise IndexError(f"{size} of {len(leaves)} leaves")
    return _subproof(leaves, size, whole=True)


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [_root(leaves)]
    cut = _cut(len(leaves))
    if size <= cut:
        return [*_subproof(leaves[:cut], size, whole=whole), _root(leaves[cut:])]
    return [*_subproof(leaves[cut:], size - cut, whole=False), _root(leaves[:cut])]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` is the one at `index` of the tree of `size` leaves with `root` (§2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, grown = index, size - 1, leaf
    for hash in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            grown = node_hash(hash, grown)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            grown = node_hash(grown, hash)
        at, last = at >> 1, last >> 1
    return last == 0 and grown == root


def is_consistent(size: int, root: bytes, later_size: int, later_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `later_size` leaves begins with the one of `size` leaves (§2.1.4.2)."""
    if not 0 < size <= later_size:
        return False
    if size == later_size:
        return not proof and root == later_root
    path = [root, *proof] if size.bit_count() == 1 else [*proof]
    if not path:
        return False
    at, last = size - 1, later_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    earlier = later = path[0]
    for hash in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            earlier, later = node_hash(hash, earlier), node_hash(hash, later)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            later = node_hash(later, hash)
        at, last = at >> 1, last >> 1
    return last == 0 and earlier == root and later == later_root


def _root(leaves: Sequence[bytes]) -> bytes:
    return frontier_of(leaves).root()


def _cut(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << ((size - 1).bit_length() - 1))


def _folded(roots: Sequence[bytes]) -> bytes:
    """Complete subtrees, largest first, joined from the right."""
    joined = roots[-1]
    for root in reversed(roots[:-1]):
        joined = node_hash(root, joined)
    return joined

"""The tree is RFC 9162's: the vectors every implementation has, and what a proof proves."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ringwork.control.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
)

# The eight leaves, and the roots after each, that Certificate Transparency's implementations test with.
LEAVES = [
    leaf_hash(bytes.fromhex(each))
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_96, _5F = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
)
_6B, _BC = (
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
)
_CA, _0E = (
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)

hashes = st.binary(min_size=32, max_size=32)
trees = st.lists(st.integers(0, 3).map(lambda each: leaf_hash(bytes([each]))), min_size=1, max_size=70)


def hexed(proof: list[bytes]) -> list[str]:
    return [each.hex() for each in proof]


def test_roots_are_those_of_the_vectors() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root() == EMPTY_ROOT
    assert [frontier_of(LEAVES[: size + 1]).root().hex() for size in range(8)] == ROOTS


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [_96, _5F, _6B]),
        (5, 8, [_BC, _CA, ROOTS[3]]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], _5F, _BC]),
    ],
)
def test_inclusion_proofs_are_those_of_the_vectors(index: int, size: int, proof: list[str]) -> None:
    assert hexed(inclusion_proof(LEAVES[:size], index)) == proof


@pytest.mark.parametrize(
    ("size", "later", "proof"),
    [(1, 1, []), (1, 8, [_96, _5F, _6B]), (6, 8, [_0E, _CA, ROOTS[3]]), (2, 5, [_5F, _BC])],
)
def test_consistency_proofs_are_those_of_the_vectors(size: int, later: int, proof: list[str]) -> None:
    assert hexed(consistency_proof(LEAVES[:later], size)) == proof


@settings(deadline=None)
@given(trees, st.data())
def test_a_leaf_is_proven_where_it_is_and_nowhere_else(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = frontier_of(leaves).root(), inclusion_proof(leaves, index)
    assert is_included(leaves[index], index, len(leaves), proof, root)
    elsewhere = data.draw(st.integers(0, len(leaves) + 2))
    assume(elsewhere != index)
    claimed = is_included(leaves[index], elsewhere, len(leaves), proof, root)
    assert not claimed or (elsewhere < len(leaves) and leaves[elsewhere] == leaves[index])
    assert not is_included(node_hash(leaves[index], root), index, len(leaves), proof, root)


@settings(deadline=None)
@given(trees, st.data())
def test_a_changed_proof_proves_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = frontier_of(leaves).root(), inclusion_proof(leaves, index)
    changed = data.draw(st.lists(hashes, max_size=8) | st.permutations(proof) | st.just(proof[:-1]))
    assume(changed != proof)
    assert not is_included(leaves[index], index, len(leaves), changed, root)


@settings(deadline=None)
@given(trees, st.data())
def test_a_tree_is_proven_to_go_on_from_what_it_was(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    before, after = frontier_of(leaves[:size]).root(), frontier_of(leaves).root()
    proof = consistency_proof(leaves, size)
    assert is_consistent(size, before, len(leaves), after, proof)


@settings(deadline=None)
@given(trees, st.data())
def test_a_tree_with_another_past_is_proven_by_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, size - 1))
    forked = [*leaves[:at], leaf_hash(b"forked"), *leaves[at + 1 :]]
    before, after = frontier_of(leaves[:size]).root(), frontier_of(forked).root()
    for proof in (consistency_proof(leaves, size), consistency_proof(forked, size)):
        assert not is_consistent(size, before, len(leaves), after, proof)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
    for size in (0, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, size)
    with pytest.raises(ValueError, match="subtrees"):
        Frontier(3, (b"",))

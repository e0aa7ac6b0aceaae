"""Keys in bytes: all of them are found, once, where they are, however the bytes come."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.control.leaks.search import Search, name_of
from ringwork.control.native import mint_key

KEYS = [mint_key(environment).secret for environment in ("dev", "x", "e" * 32)]
NOISE = [
    "",
    "\n",
    " ",
    "rw_",
    "%3D",
    '"',
    "rw_dev_",
    "a" * 100,
    "x\ny",
    "\0",
    KEYS[0][:-1],
    "rw_a_" + "b" * 12 + "_",
]


def found(text: bytes, sizes: list[int]) -> list[tuple[int, int, str]]:
    search, at, seen = Search(), 0, []
    for size in [*sizes, len(text)]:
        seen += search.feed(text[at : at + size])
        at += size
    return [(each.line, each.column, each.key) for each in seen]


@given(
    st.lists(st.sampled_from([*KEYS, *NOISE]), max_size=12),
    st.lists(st.integers(min_value=1, max_value=120), max_size=30),
)
@settings(max_examples=200, deadline=None)
def test_pieces_of_any_size_hide_no_key_and_show_none_twice(parts: list[str], sizes: list[int]) -> None:
    text, expected = "", set()
    for part in parts:
        text += part
    for key in KEYS:
        at = text.find(key)
        while at >= 0:
            expected.add((text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), key))
            at = text.find(key, at + 1)
    seen = found(text.encode(), sizes)
    assert len(seen) == len(set(seen)) and set(seen) == expected


def test_nothing_around_a_key_hides_it() -> None:
    for before, after in (("x", "x"), ("%3D", "%26"), ("_", "_"), ("rw_", "rw_"), ("\0", "\xff")):
        text = before.encode("latin-1") + KEYS[0].encode() + after.encode("latin-1")
        assert [key for _, _, key in found(text, [])] == [KEYS[0]]


def test_what_looks_like_a_key_hides_none_that_begins_within_it() -> None:
    decoy = "rw_a_" + "b" * 12 + "_" + "c" * 36
    assert found((decoy + KEYS[0]).encode(), []) == [(1, len(decoy) + 1, KEYS[0])]


def test_a_wrong_checksum_is_passed_over() -> None:
    broken = KEYS[0][:-1] + ("a" if KEYS[0][-1] != "a" else "b")
    assert found(broken.encode(), []) == []


def test_a_key_in_a_files_name_is_not_printed() -> None:
    assert name_of(f"logs/{KEYS[0]}.txt".encode()) == "logs/rw_….txt"
    assert name_of(b"\xff.txt") == "\\xff.txt"


def test_a_sighting_does_not_show_the_key() -> None:
    (seen,) = Search().feed(KEYS[0].encode())
    assert KEYS[0] not in repr(seen)

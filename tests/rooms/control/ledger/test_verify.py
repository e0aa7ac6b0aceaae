"""Whatever is done to an export is noticed, with its place, by whoever has the public key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ringwork.control.ledger.checkpoint import Checkpoint, read_checkpoint
from ringwork.control.ledger.deeds import Actor, Deed, entry
from ringwork.control.ledger.note import Verifier
from ringwork.control.ledger.tree import frontier_of, leaf_hash
from ringwork.control.ledger.verify import Verdict, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = Verifier("acme.test/ledger", KEY.public_key().public_bytes_raw())
ACTOR = Actor("user:alice", "command")


def an_entry(seq: int, subject: str = "key:a") -> bytes:
    deed = Deed("key.create", subject, None, "0" * 64)
    return entry(seq, datetime(2026, 1, 1, tzinfo=UTC), deed, ACTOR)


def note(entries: Sequence[bytes], key: Ed25519PrivateKey = KEY) -> str:
    return Checkpoint(OURS.name, len(entries), frontier_of(map(leaf_hash, entries)).root()).signed(key)


def exported(entries: Sequence[bytes], sealed: Sequence[int]) -> list[bytes]:
    """With a checkpoint of each of these sizes."""
    notes = [json.dumps({"checkpoint": note(entries[:size])}).encode() for size in sealed]
    return [each + b"\n" for each in (*notes, *entries)]


def verified(lines: Sequence[bytes], *seen: str) -> Verdict:
    return verify(lines, "export", OURS, [read_checkpoint(each, OURS) for each in seen])


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[bytes], list[int]]:
    """Entries, and the sizes that were signed; the last one always."""
    size = draw(st.integers(1, 20))
    sealed = draw(st.sets(st.integers(1, size), max_size=5)) | {size}
    return [an_entry(seq, f"key:{seq}") for seq in range(size)], sorted(sealed)


@settings(deadline=None)
@given(exports())
def test_an_export_that_was_left_alone_is_what_was_signed(export: tuple[list[bytes], list[int]]) -> None:
    entries, sealed = export
    verdict = verified(exported(entries, sealed), note(entries), note(entries[: sealed[0]]))
    assert verdict == Verdict(len(entries), len(entries), [])


@settings(deadline=None)
@given(exports(), st.data())
def test_a_removed_entry_is_noticed_where_it_was(
    export: tuple[list[bytes], list[int]], data: st.DataObject
) -> None:
    entries, sealed = export
    at = data.draw(st.integers(0, len(entries) - 1))
    lines = exported(entries, sealed)
    del lines[len(sealed) + at]
    (finding,) = verified(lines).findings
    if at == len(entries) - 1:
        assert finding.code == "ledger-truncated"
    else:
        assert finding.code == "ledger-missing" and f"entry {at} is missing" in finding.message
        assert finding.location.line == len(sealed) + at + 1


@settings(deadline=None)
@given(exports(), st.data())
def test_two_entries_that_changed_places_are_noticed_at_the_first(
    export: tuple[list[bytes], list[int]], data: st.DataObject
) -> None:
    entries, sealed = export
    assume(len(entries) > 1)
    first = data.draw(st.integers(0, len(entries) - 2))
    second = data.draw(st.integers(first + 1, len(entries) - 1))
    lines, before = exported(entries, sealed), len(sealed)
    lines[before + first], lines[before + second] = lines[before + second], lines[before + first]
    (finding,) = verified(lines).findings
    assert finding.code == "ledger-missing" and finding.location.line == before + first + 1


@settings(deadline=None)
@given(exports(), st.data())
def test_a_changed_entry_is_noticed_between_two_checkpoints(
    export: tuple[list[bytes], list[int]], data: st.DataObject
) -> None:
    """Whoever changes it keeps its number, and the form."""
    entries, sealed = export
    at = data.draw(st.integers(0, len(entries) - 1))
    lines = exported(entries, sealed)
    lines[len(sealed) + at] = an_entry(at, "key:another") + b"\n"
    verdict = verified(lines)
    (finding,) = verdict.findings
    after = next(size for size in sealed if size > at)
    assert finding.code == "ledger-changed" and finding.location.line == len(sealed) + after
    assert verdict.signed == max((size for size in sealed if size <= at), default=0)
    assert f"entries {verdict.signed} to {after - 1}" in finding.message


@settings(deadline=None)
@given(exports(), st.data())
def test_an_entry_that_was_put_in_is_noticed(
    export: tuple[list[bytes], list[int]], data: st.DataObject
) -> None:
    """Whoever puts it in numbers all that follow anew."""
    entries, sealed = export
    at = data.draw(st.integers(0, len(entries)))
    forged = [*entries[:at], an_entry(at, "key:forged")]
    forged += [an_entry(seq + 1, f"key:{seq}") for seq in range(at, len(entries))]
    lines = [*exported(entries, sealed)[: len(sealed)], *(each + b"\n" for each in forged)]
    (finding,) = verified(lines).findings
    assert finding.code == ("ledger-not-signed" if at == len(entries) else "ledger-changed")


@settings(deadline=None)
@given(exports(), st.data())
def test_an_end_that_was_cut_off_with_its_checkpoints_does_not_agree_with_one_from_before(
    export: tuple[list[bytes], list[int]], data: st.DataObject
) -> None:
    entries, sealed = export
    kept = data.draw(st.integers(0, len(entries) - 1))
    lines = exported(entries[:kept], [size for size in sealed if size <= kept])
    assert codes(verified(lines, note(entries)))[-1] == "ledger-truncated"


@settings(deadline=None)
@given(exports(), st.data())
def test_another_past_that_was_signed_does_not_agree_with_a_checkpoint_from_before(
    export: tuple[list[bytes], list[int]], data: st.DataObject
) -> None:
    """Even if whoever has the key signs it."""
    entries, sealed = export
    at = data.draw(st.integers(0, len(entries) - 1))
    forked = [*entries[:at], an_entry(at, "key:forked"), *entries[at + 1 :]]
    found = codes(verified(exported(forked, sealed), note(entries)))
    assert set(found) & {"ledger-forked", "ledger-changed"}


@settings(deadline=None)
@given(exports(), st.data())
def test_no_changed_byte_is_overlooked(export: tuple[list[bytes], list[int]], data: st.DataObject) -> None:
    entries, sealed = export
    lines = exported(entries, sealed)
    at = data.draw(st.integers(len(sealed), len(lines) - 1))
    position = data.draw(st.integers(0, len(lines[at]) - 2))
    byte = data.draw(st.integers(0, 255))
    line = bytearray(lines[at])
    assume(byte not in (line[position], 0x0A))
    line[position] = byte
    lines[at] = bytes(line)
    assert verified(lines).findings


def test_a_checkpoint_somebody_else_signed_is_noticed() -> None:
    entries = [an_entry(0), an_entry(1)]
    forged = note(entries, Ed25519PrivateKey.generate())
    lines = [json.dumps({"checkpoint": forged}).encode(), *entries]
    assert codes(verified(lines)) == ["ledger-not-signed", "ledger-not-signed"]


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"\xff", b"[" * 10_000, b"7"])
def test_a_line_that_is_none_is_noticed(line: bytes) -> None:
    entries = [an_entry(0), an_entry(1)]
    lines = exported(entries, [2])
    (finding,) = verified([*lines[:2], line, lines[2]]).findings
    assert finding.code == "ledger-unreadable" and finding.location.line == 3


def test_a_file_without_anything_says_nothing_is_signed() -> None:
    assert codes(verified([])) == ["ledger-not-signed"]

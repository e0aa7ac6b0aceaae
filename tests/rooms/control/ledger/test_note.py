"""Notes and checkpoints are C2SP's: Go's example verifies, ours have its form, and nothing else passes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ringwork.control.ledger.checkpoint import Checkpoint, read_checkpoint
from ringwork.control.ledger.note import NotTrusted, Verifier, opened, read_verifier, signed

# Of the documentation of golang.org/x/mod/sumdb/note, whose format C2SP's is.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n\u2014 PeterNeumann {GO_SIGNATURE}\n"

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = Verifier("acme.test/ledger", KEY.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(OURS.name, 7, bytes(32))


def test_the_note_of_go_is_trusted() -> None:
    assert opened(GO_NOTE, read_verifier(GO_KEY)) == GO_TEXT
    assert read_verifier(GO_KEY).text() == GO_KEY


def test_a_checkpoint_has_the_form_others_read() -> None:
    note = CHECKPOINT.signed(KEY)
    body = "acme.test/ledger\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    assert note.startswith(f"{body}\n\u2014 acme.test/ledger ")
    assert read_checkpoint(note, read_verifier(OURS.text())) == CHECKPOINT


def test_a_witness_may_sign_too() -> None:
    note, line = CHECKPOINT.signed(KEY), GO_NOTE.splitlines()[-1]
    text, _, ours = note.rpartition("\n\n")
    assert read_checkpoint(f"{text}\n\n{line}\n{ours}", OURS) == CHECKPOINT


@settings(deadline=None)
@given(st.data())
def test_no_changed_byte_of_a_checkpoint_passes(data: st.DataObject) -> None:
    note = CHECKPOINT.signed(KEY).encode()
    at = data.draw(st.integers(0, len(note) - 1))
    byte = data.draw(st.integers(0, 255))
    assume(byte != note[at])
    changed = (note[:at] + bytes([byte]) + note[at + 1 :]).decode(errors="replace")
    with pytest.raises(NotTrusted):
        read_checkpoint(changed, OURS)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        GO_NOTE,
        CHECKPOINT.signed(KEY).rpartition("\n\n")[0],
        "x" * 70_000,
        CHECKPOINT.signed(KEY)[:-1],
    ],
)
def test_what_is_not_signed_by_the_key_is_not_trusted(note: str) -> None:
    with pytest.raises(NotTrusted):
        read_checkpoint(note, OURS)


@pytest.mark.parametrize(
    "text", ["no checkpoint\n", "acme.test/ledger\n07\n" + "A" * 43 + "=\n", "acme.test/ledger\n7\nAAAA\n"]
)
def test_what_is_signed_and_no_checkpoint_is_not_trusted(text: str) -> None:
    with pytest.raises(NotTrusted, match="no checkpoint"):
        read_checkpoint(signed(text, OURS.name, KEY), OURS)


def test_a_checkpoint_of_another_ledger_is_not_trusted() -> None:
    body = "other.test/ledger\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    with pytest.raises(NotTrusted, match='ledger "other'):
        read_checkpoint(signed(body, OURS.name, KEY), OURS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "a+b+c",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("Peter", "Paul"),
        "+".join("abc"),
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(NotTrusted):
        read_verifier(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_a_name_that_would_break_the_form_is_refused(name: str) -> None:
    with pytest.raises(NotTrusted):
        Verifier(name, bytes(32))

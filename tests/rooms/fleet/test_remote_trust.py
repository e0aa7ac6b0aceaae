"""What a node lets in, and how two releases find common words."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork.fleet.remote.link import demand_hash
from ringwork.fleet.remote.protocol import SyncAnswer, agreed_protocol
from ringwork.fleet.remote.trust import verified_manifest
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.refusal import Refused
from tests.support.sealed import signed_manifest

OURS, THEIRS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def signed(revision: int, *rings: str, key: Ed25519PrivateKey = OURS) -> bytes:
    return signed_manifest(canonical_json({"revision": revision, "rings": {ring: {} for ring in rings}}), key)


def verified(jws: bytes, *, revision: int = 7, served: int = 6, trusted: tuple[str, ...] = ()) -> object:
    keys = trusted or (public(OURS),)
    return verified_manifest(jws, trusted=keys, rings=["public"], revision=revision, served=served)


def code_of(jws: bytes, *, revision: int = 7, served: int = 6) -> str:
    with pytest.raises(Refused) as refused:
        verified(jws, revision=revision, served=served)
    return refused.value.code


def test_an_older_manifest_rightly_signed_then_is_refused() -> None:
    assert code_of(signed(5, "public"), revision=5, served=6) == "revision_fell"


def test_a_manifest_signed_by_somebody_else_is_refused() -> None:
    assert code_of(signed(7, "public", key=THEIRS)) == "signature_invalid"


@pytest.mark.parametrize("place", [10, 60, -10])
def test_a_manifest_with_one_byte_changed_is_refused(place: int) -> None:
    tampered = bytearray(signed(7, "public"))
    tampered[place] = ord("A") if tampered[place] != ord("A") else ord("B")
    assert code_of(bytes(tampered)) == "signature_invalid"


def test_a_manifest_of_another_ring_is_refused() -> None:
    assert code_of(signed(7, "public", "partner")) == "ring_foreign"


def test_a_manifest_that_says_another_number_than_was_told_is_refused() -> None:
    assert code_of(signed(8, "public"), revision=7) == "revision_mismatch"


def test_during_a_rotation_both_keys_are_trusted() -> None:
    both = (public(OURS), public(THEIRS))
    for key in (OURS, THEIRS):
        assert verified(signed(7, "public", key=key), trusted=both)


def test_an_object_with_other_content_is_refused() -> None:
    demand_hash(b"{}", content_hash(b"{}"))
    with pytest.raises(Refused):
        demand_hash(b"{} ", content_hash(b"{}"))


def test_releases_one_apart_speak_the_newest_both_know() -> None:
    assert agreed_protocol([1, 2], ours=(1,)) == 1
    assert agreed_protocol([1], ours=(1, 2)) == 1
    assert agreed_protocol([1, 2], ours=(1, 2, 3)) == 2


def test_releases_too_far_apart_say_which_to_upgrade() -> None:
    with pytest.raises(Refused) as refused:
        agreed_protocol([1], ours=(2, 3))
    assert refused.value.code == "protocol-unknown" and "upgrade" in refused.value.help


def test_a_word_of_a_newer_release_does_not_stop_an_older_one() -> None:
    newer: dict[str, object] = {
        "protocol": 1,
        "current": None,
        "identity": {"epoch": "e", "seq": 3, "novelty": 1},
        "trust": [],
        "ca_pem": "",
        "another": {},
    }
    assert SyncAnswer.model_validate(newer).identity.seq == 3

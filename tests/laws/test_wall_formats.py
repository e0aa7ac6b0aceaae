"""Request targets, keys and the table of errors: what must hold for every input."""

from __future__ import annotations

import string
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork import _native

hostile_bytes = st.text(alphabet="/%.;\\?#aA2fFeEcC0 \t", max_size=40).map(str.encode) | st.binary(
    max_size=40
)
base62 = string.ascii_letters + string.digits


def normalised(target: bytes) -> _native.TargetParts | None:
    try:
        return _native.normalise_target("GET", target, b"api.acme.test")
    except ValueError:
        return None


@given(hostile_bytes)
def test_a_usable_target_reads_the_same_to_every_decoder(rest: bytes) -> None:
    parts = normalised(b"/" + rest)
    if parts is None:
        return
    once = unquote_to_bytes(parts["path"])
    assert unquote_to_bytes(once) == once or b"%" in once, "one decoder and two see the same path"
    once.decode("utf-8")
    for segment in once[1:].split(b"/"):
        assert segment not in (b".", b"..")
    assert not any(byte in once for byte in b"\\;\x00\r\n\x7f")
    assert once.count(b"/") == parts["path"].count("/"), "no slash was hidden"


@given(hostile_bytes)
def test_normalising_twice_changes_nothing(rest: bytes) -> None:
    parts = normalised(b"/" + rest)
    if parts is not None:
        again = normalised(parts["path"].encode())
        assert again is not None
        assert again["path"] == parts["path"]


@given(st.binary(min_size=128, max_size=128), st.data())
def test_a_key_with_one_wrong_character_is_no_key(random: bytes, data: st.DataObject) -> None:
    key = _native.mint_key("sandbox", random)["key"]
    place = data.draw(st.integers(0, len(key) - 1))
    wrong = data.draw(st.sampled_from([c for c in base62 if c != key[place]]))
    assert _native.parse_key(key) is not None
    assert _native.parse_key(key[:place] + wrong + key[place + 1 :]) is None


def test_keys_from_the_systems_randomness_differ() -> None:
    assert len({_native.mint_key("sandbox")["key"] for _ in range(100)}) == 100


@pytest.mark.parametrize("environment", ["", "Sandbox", "a b", "a_b", "x" * 33])
def test_an_environment_name_that_would_blur_the_key_is_refused(environment: str) -> None:
    with pytest.raises(ValueError, match="environment"):
        _native.mint_key(environment)


def test_every_error_code_has_a_public_and_an_internal_half() -> None:
    entries = _native.error_codes()
    assert len({entry["code"] for entry in entries}) == len(entries)
    for entry in entries:
        assert entry["title"]
        assert entry["detail"]
        assert entry["internal"]
        assert 400 <= entry["status"] <= 599

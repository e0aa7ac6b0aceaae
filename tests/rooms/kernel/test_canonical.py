"""Canonical JSON (RFC 8785): one value, one text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.kernel.canonical import canonical_json, content_hash

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=30,
)


@given(value=_VALUES)
def test_canonical_json_reads_back_as_the_same_value(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(value=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)))
def test_order_of_members_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


def test_members_are_ordered_by_utf16_code_units() -> None:
    # U+FB33 sorts before U+1F600 by code point, after it by UTF-16 (RFC 8785 section 3.2.3).
    assert (
        canonical_json({"\ufb33": 1, "\U0001f600": 2, "a": 0}).decode() == '{"a":0,"\U0001f600":2,"\ufb33":1}'
    )


@pytest.mark.parametrize("value", [1.5, float("nan"), b"bytes", {1: 2}, {"a": object()}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_integer_that_other_readers_would_round_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        canonical_json(2**53)


def test_name_of_an_object_is_the_sha256_of_its_bytes() -> None:
    assert content_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

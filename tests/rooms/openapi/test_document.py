"""`Document`: plain values that know their place."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork._native import Document, DocumentError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@given(JSON.filter(_encodable), st.booleans(), st.sampled_from([None, 2]))
def test_json_is_read_as_pythons_json_reads_it(value: object, ascii: bool, indent: int | None) -> None:
    data = json.dumps(value, ensure_ascii=ascii, indent=indent).encode()
    assert Document.parse(data, "any.json").value() == json.loads(data)


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.yaml", "a"]))
def test_bytes_are_a_document_or_a_located_error(data: bytes, name: str) -> None:
    error = _error_of(data, name)
    if error is not None:
        assert error.code.startswith("document-")
        assert error.message and error.help
        assert (error.file, error.line >= 1, error.column >= 1) == (name, True, True)


def _error_of(data: bytes, name: str) -> DocumentError | None:
    try:
        Document.parse(data, name).value()
    except DocumentError as error:
        return error
    return None


def test_integers_keep_all_their_digits() -> None:
    document = Document.parse(b"[9223372036854775808, -12345678901234567890123]", "a.json")
    assert document.value() == [9223372036854775808, -12345678901234567890123]


def test_positions_are_of_values_keys_and_nearest_ancestors() -> None:
    document = Document.parse(b"rings:\n  public:\n    listen: [a, b]\n", "a.yaml")
    assert document.position("/rings/public/listen/1") == (3, 17)
    assert document.position("/rings/public/listen", key=True) == (3, 5)
    assert document.position("/rings/public/hosts") == document.position("/rings/public") == (3, 5)
    assert (
        document.position("/rings/partner/hosts", key=True) == document.position("/rings", key=True) == (1, 1)
    )
    assert document.position("no pointer") is None


def test_a_value_that_is_not_there_is_a_key_error() -> None:
    document = Document.parse(b"{a/b: {~: 1}}", "a.yaml")
    assert document.value("/a~1b/~0") == 1
    with pytest.raises(KeyError):
        document.value("/c")


def test_floats_are_floats() -> None:
    value = Document.parse(b"[1.0, -0.0]", "a.json").value()
    assert [type(number) for number in value] == [float, float]
    assert math.copysign(1, value[1]) == -1


def test_an_unknown_format_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="toml"):
        Document.parse(b"", "a", format="toml")  # type: ignore[arg-type]

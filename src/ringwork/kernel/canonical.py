"""Canonical JSON (RFC 8785) for the values bundles hold, and the content hash that names them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

# RFC 8785 §3.2.2.3 serialises numbers as ECMAScript does; integers up to 2^53 - 1 agree with Python's form.
_MAX_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """`value` as RFC 8785 bytes. Values are dict, list, str, bool, None and safe integers.

    Raises TypeError for floats and other types, ValueError for integers beyond 2^53 - 1.
    """
    _refuse_what_is_not_canonical(value)
    return json.dumps(_utf16_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def content_hash(data: bytes) -> str:
    """SHA-256 of `data`, lower-case hex: the name of an object."""
    return hashlib.sha256(data).hexdigest()


def _refuse_what_is_not_canonical(value: Any) -> None:
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise TypeError(f"object keys are strings, not {type(key).__name__}")
            _refuse_what_is_not_canonical(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _refuse_what_is_not_canonical(member)
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        return
    elif isinstance(value, int):
        if abs(value) > _MAX_SAFE_INTEGER:
            raise ValueError(f"{value} is beyond what every JSON reader can hold exactly")
    else:
        raise TypeError(f"{type(value).__name__} has no place in canonical JSON")


def _utf16_ordered(value: Any) -> Any:
    """Members sorted by UTF-16 code units (RFC 8785 §3.2.3)."""
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
        return {key: _utf16_ordered(member) for key, member in ordered}
    if isinstance(value, list | tuple):
        return [_utf16_ordered(member) for member in value]
    return value

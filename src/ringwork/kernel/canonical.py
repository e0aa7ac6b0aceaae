"""Canonical JSON (RFC 8785) for the values bundles hold, and the content hash that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

# RFC 8785 §3.2.2.3 serialises numbers as ECMAScript does; integers up to 2^53 - 1 agree with Python's form.
_MAX_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """`value` as RFC 8785 bytes. Values are dict, list, str, bool, None and safe integers.

    Raises TypeError for floats and other types, ValueError for integers beyond 2^53 - 1.
    """
    return _written(value).encode()


def canonical_object(members: Mapping[str, bytes]) -> bytes:
    """An object whose values are canonical already: what several objects share is written once."""
    written = (encode_basestring(name).encode() + b":" + members[name] for name in _ordered(dict(members)))
    return b"{" + b",".join(written) + b"}"


def content_hash(data: bytes) -> str:
    """SHA-256 of `data`, lower-case hex: the name of an object."""
    return hashlib.sha256(data).hexdigest()


def _written(value: Any) -> str:
    """One pass that checks, orders and writes: bundles of a large organisation are a hundred megabytes of it."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        members = [f"{encode_basestring(key)}:{_written(value[key])}" for key in _ordered(value)]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_written(member) for member in value]) + "]"
    return _literal(value)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} has no place in canonical JSON")
    if abs(value) > _MAX_SAFE_INTEGER:
        raise ValueError(f"{value} is beyond what every JSON reader can hold exactly")
    return str(int(value))


def _ordered(members: dict[Any, Any]) -> list[str]:
    """Names by UTF-16 code units (RFC 8785 §3.2.3), which for ASCII is their usual order."""
    for name in members:
        if not isinstance(name, str):
            raise TypeError(f"object keys are strings, not {type(name).__name__}")
    if all(map(str.isascii, members)):
        return sorted(members)
    return sorted(members, key=lambda name: name.encode("utf-16-be", "surrogatepass"))

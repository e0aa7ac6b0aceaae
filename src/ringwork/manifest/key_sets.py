"""Sets of public keys (RFC 7517): files an estate names, and what issuers publish. Judged in one place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringwork import _native

# A set of MAX_KEYS RSA keys with certificate chains has less.
MAX_KEY_SET_BYTES = 256 * 1024

# RFC 7518 section 6, RFC 8037 section 2: what is left of a key when everything private and decorative is gone.
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops")
_PRIVATE_MEMBERS = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys as a gateway gets them, or the `problem` with them, for people.

    `private`: key ids (or places) that came with a private half or are a shared secret; they are not in `jwks`.
    """

    jwks: dict[str, Any] = field(default_factory=lambda: {"keys": []})
    private: tuple[str, ...] = ()
    problem: str | None = None

    def usable_for(self, algorithms: tuple[str, ...]) -> int:
        """Keys that a gateway could verify with, by these algorithms."""
        known = _native.verification_keys(json.dumps(self.jwks))
        return sum(not set(algorithms).isdisjoint(key["algorithms"]) for key in known)


def read_key_set(root: Path, name: str) -> KeySet:
    """The file `name` of the estate at `root`. Never raises for what it holds."""
    path = root / name
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return KeySet(problem="is outside the estate")
        with path.open("rb") as file:
            data = file.read(MAX_KEY_SET_BYTES + 1)
    except OSError as error:
        return KeySet(problem=f"cannot be read: {error.strerror}")
    return key_set(data)


def key_set(data: bytes) -> KeySet:
    """What these bytes say, without anything private. Never raises."""
    if len(data) > MAX_KEY_SET_BYTES:
        return KeySet(problem=f"is larger than {MAX_KEY_SET_BYTES} bytes")
    try:
        value = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, _Twice) else "is not JSON"
        return KeySet(problem=said)
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        return KeySet(problem='is no JWK set: it has no list "keys" of objects')
    private = tuple(
        _named(key, index) for index, key in enumerate(keys) if not _PRIVATE_MEMBERS.isdisjoint(key)
    )
    public = [_public(key) for key in keys if _PRIVATE_MEMBERS.isdisjoint(key)]
    jwks = {"keys": public}
    try:
        _native.verification_keys(json.dumps(jwks))
    except ValueError as error:
        return KeySet(problem=f"cannot be used: {error}")
    return KeySet(jwks, private)


class _Twice(ValueError):
    pass


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers could take an object with a name twice for two things."""
    found = dict(members)
    if len(found) < len(members):
        raise _Twice("has a name twice in one object")
    return found


def _public(key: dict[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in _PUBLIC_MEMBERS if name in key}


def _named(key: dict[str, Any], index: int) -> str:
    kid = key.get("kid")
    return kid if isinstance(kid, str) else f"number {index + 1}"

"""The provider's public keys (RFC 7517), as it rotates them: unknown ones are looked for, withdrawn ones let go."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from ringwork.control.people.provider.asking import Asking
from ringwork.control.people.provider.words import Unanswered

SigningKey = RSAKey | ECKey | OKPKey

_KINDS: dict[str, type[SigningKey]] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
_LEAST_RSA_BITS = 2048
_MOST_KEYS = 64
# After this it is asked which keys there still are.
_TRUSTED_FOR_S = 600.0
# How often an unknown key may have us look, a minute: whoever sends tokens chooses what they name.
_LOOKS_A_MINUTE = 12


@dataclass(frozen=True, slots=True)
class _Published:
    kid: str | None
    alg: str | None
    key: SigningKey


class ProviderKeys:
    """`clock` only goes on; seconds."""

    def __init__(self, asking: Asking, uri: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._asking = asking
        self._uri = uri
        self._clock = clock
        self._known: tuple[_Published, ...] = ()
        self._read_at: float | None = None
        self._looks: dict[str, deque[float]] = {}
        self._lock = Lock()

    def for_token(self, kid: str | None, alg: str, *, purpose: str) -> list[SigningKey]:
        """Keys that may have signed it. `purpose` has looks of its own, so that strangers use up nobody else's.
        Raises Unanswered.
        """
        with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= _TRUSTED_FOR_S:
                self._read()
            found = self._matching(kid, alg)
            if not found and self._may_look(purpose):
                self._read()
                found = self._matching(kid, alg)
            return found

    def _matching(self, kid: str | None, alg: str) -> list[SigningKey]:
        kind = _KINDS[alg[:2]]
        fitting = [each for each in self._known if isinstance(each.key, kind) and each.alg in (None, alg)]
        named = [each.key for each in fitting if kid is None or each.kid == kid]
        # Without a name there must be nothing to choose (OpenID Connect Core §10.1).
        return named if kid is not None or len(named) == 1 else []

    def _may_look(self, purpose: str) -> bool:
        now, looks = self._clock(), self._looks.setdefault(purpose, deque())
        while looks and now - looks[0] >= 60.0:
            looks.popleft()
        if len(looks) >= _LOOKS_A_MINUTE:
            return False
        looks.append(now)
        return True

    def _read(self) -> None:
        status, said = self._asking.json("GET", self._uri)
        keys = said.get("keys")
        if status != 200 or not isinstance(keys, list):
            raise Unanswered("the provider shows no keys")
        found = [_published(each) for each in keys[:_MOST_KEYS]]
        self._known = tuple(each for each in found if each is not None)
        self._read_at = self._clock()


def _published(given: Any) -> _Published | None:
    """None for what signs nothing we would believe: unknown kinds, symmetric keys, short ones (§5)."""
    if not isinstance(given, dict) or given.get("use", "sig") != "sig":
        return None
    operations = given.get("key_ops")
    if isinstance(operations, list) and "verify" not in operations:
        return None
    try:
        key = JWKRegistry.import_key({name: given[name] for name in _MEMBERS if name in given})
    except (JoseError, ValueError, TypeError):
        return None
    if not isinstance(key, RSAKey | ECKey | OKPKey):
        return None
    raw = key.public_key
    if isinstance(raw, RSAPublicKey) and raw.key_size < _LEAST_RSA_BITS:
        return None
    kid, alg = given.get("kid"), given.get("alg")
    return _Published(kid if isinstance(kid, str) else None, alg if isinstance(alg, str) else None, key)


_MEMBERS = ("kty", "n", "e", "crv", "x", "y")

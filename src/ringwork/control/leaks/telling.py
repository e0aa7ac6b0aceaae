"""What is told of a key that was found, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ringwork.control.keys import Keys
from ringwork.control.leaks.search import Found
from ringwork.control.ledger.deeds import because
from ringwork.control.native import read_key
from ringwork.control.recognition import KeyState, Recognised

# Keys whose state is remembered: the same few are found over and over.
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Told:
    """`revoked_now`: this search ended the key, here or where it was found before."""

    found: Found
    key: Recognised
    revoked_now: bool


# What is suspended works again when it is resumed.
_MAY_WORK = (KeyState.ACTIVE, KeyState.SUSPENDED)


class Teller:
    """`keys` None: nothing is known but what the text says. `revoke` ends active ones, the reason in the ledger."""

    def __init__(self, keys: Keys | None, *, revoke: bool = False) -> None:
        self._keys = keys
        self._revoke = revoke
        self._ended: set[str] = set()
        self._recognised = lru_cache(_REMEMBERED)(self._recognise)

    def tell(self, found: Found) -> Told:
        """Raises Refused when the store cannot be used."""
        known = self._recognised(found.at.key)
        if known.credential is None:
            return Told(found, known, revoked_now=False)
        if self._revoke and known.state in _MAY_WORK:
            self._end(known.credential.id, found)
        return Told(found, known, revoked_now=known.credential.id in self._ended)

    def _end(self, key_id: str, found: Found) -> None:
        if self._keys is None or key_id in self._ended:
            return
        with because(f"leaked: {found}"):
            self._keys.revoke(key_id)
        self._ended.add(key_id)

    def _recognise(self, key: str) -> Recognised:
        return (
            Recognised(KeyState.UNKNOWN, read_key(key)) if self._keys is None else self._keys.recognise(key)
        )

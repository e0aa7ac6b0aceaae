"""Refresh tokens: a grant, which of its tokens in turn, and a proof that it was made here.

Nothing of them is kept but the number of the one that is good, so that any that was ever made tells which grant it is
of, and the one that was made last can be given out a second time.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass

from ringwork.control.oauth.users.model import UserGrant

PREFIX = "rwr_"
_TEXT = re.compile(r"rwr_([0-9a-f]{16})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Presented:
    """What a text says it is; nothing of it is believed."""

    grant_id: str
    generation: int
    text: str


def read(text: str) -> Presented | None:
    found = _TEXT.fullmatch(text)
    return None if found is None else Presented(found[1], int(found[2]), text)


def token_of(grant: UserGrant, generation: int, key: bytes) -> str:
    """256 bits that nobody makes without `key`, and the same whenever they are asked for."""
    said = f"{grant.id}.{generation}.{grant.salt}"
    proof = base64.urlsafe_b64encode(hmac.digest(key, said.encode(), "sha256")).rstrip(b"=").decode()
    return f"{PREFIX}{grant.id}.{generation}.{proof}"


def is_of(presented: Presented, grant: UserGrant, key: bytes) -> bool:
    expected = token_of(grant, presented.generation, key)
    return hmac.compare_digest(expected.encode(), presented.text.encode())

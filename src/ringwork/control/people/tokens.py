"""Texts whose holder may do something: shown once, known here by their hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from ringwork.kernel.canonical import content_hash

SESSION = "rws_"
MACHINE = "rwm_"
INVITATION = "rwi_"
HANDOVER = "rwh_"
_SECRET_BYTES = 32
_ID_BYTES = 6
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Minted:
    """256 bits of chance: a plain hash of it is as good as a slow one."""

    id: str
    text: str = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashed(self.text)


def minted(prefix: str) -> Minted:
    return Minted(secrets.token_hex(_ID_BYTES), prefix + secrets.token_urlsafe(_SECRET_BYTES))


def hashed(text: str) -> str:
    return content_hash(text.encode("utf-8", "replace"))

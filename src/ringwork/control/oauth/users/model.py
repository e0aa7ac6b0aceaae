"""What is known of users of APIs. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ringwork.control.oauth.binding import Binding


@dataclass(frozen=True, slots=True)
class User:
    """Somebody the provider vouches for. `id`: a pseudonym, the same for the same one; `claims`: what tokens carry."""

    id: str
    subject: str
    name: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserGrant:
    """What a user allowed a client: first a code, then a family of refresh tokens, one after the other.

    `sealed`: subject and claims. `code_sha256` until `code_until`, with the challenge and the redirect URI it was sent
    to; `redirect_stated`: whether the client named that. `generation`: of the refresh token that is good; 0: none yet;
    `salt` is in all of them. `rotated_at`: when it became that one. `tokens_until`: when the last access token ends.
    `jkt`, `x5t`: thumbprints of the key and the certificate without which they are good for nothing.
    """

    id: str
    client_id: str
    application_id: str
    user: str
    ring: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    sealed: bytes = field(repr=False)
    salt: str = field(repr=False)
    code_sha256: str = field(repr=False)
    code_until: datetime
    challenge: str
    redirect_uri: str
    redirect_stated: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime
    generation: int = 0
    rotated_at: datetime | None = None
    tokens_until: datetime | None = None
    jkt: str | None = None
    x5t: str | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None

    @property
    def binding(self) -> Binding:
        """What whoever has it proves to have."""
        return Binding(self.jkt, self.x5t)

"""What the store holds of OAuth clients and of what signs their tokens. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ringwork.control.model import Credential
from ringwork.control.oauth.certificates import Certificate

# RFC 7591 §2, RFC 8705 §2.2: how a client proves itself.
Authentication = Literal["client_secret", "private_key_jwt", "self_signed_tls_client_auth", "none"]
BY_CERTIFICATE: Authentication = "self_signed_tls_client_auth"


@dataclass(frozen=True, slots=True)
class Client:
    """`credential`: as gateways know it; its id is the `client_id`. By secret: SHA-256 of it, and of the one before
    while that works still. By certificate: that, and the one before for as long. By key: `jwks`, the public halves (RFC
    7517). By nothing: it is public, on machines of its users. `certificate_bound`: its tokens are bound to the
    certificate it shows (RFC 8705 §3). `redirect_uris`: where its users come back to; none: it acts for itself.
    """

    credential: Credential
    authentication: Authentication
    secret_sha256: str | None = None
    previous_sha256: str | None = None
    previous_until: datetime | None = None
    jwks: dict[str, Any] | None = None
    redirect_uris: tuple[str, ...] = ()
    certificate: Certificate | None = None
    previous_certificate: Certificate | None = None
    certificate_bound: bool = False

    @property
    def is_public(self) -> bool:
        return self.authentication == "none"

    @property
    def id(self) -> str:
        return self.credential.id

    @property
    def works(self) -> bool:
        """Whether its tokens open anything, as far as it goes."""
        return self.credential.revoked_at is None and not self.credential.suspended


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key that signs access tokens. `public`: its JWK; `sealed`: its private half. It is published until
    `ends_at` (None: not foreseen), and signs from `signs_at` until a newer one does.
    """

    kid: str
    public: dict[str, Any]
    sealed: bytes = field(repr=False)
    made_at: datetime
    signs_at: datetime
    ends_at: datetime | None = None

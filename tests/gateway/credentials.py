"""Keys and service tokens, made by the written format rather than by our own code for it."""

from __future__ import annotations

import hashlib
import secrets
import string
import time
import zlib
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
TRUST_DOMAIN = "acme.test"
TOKEN_ISSUER = f"spiffe://{TRUST_DOMAIN}"
TOKEN_AUDIENCE = "ringwork-internal"


@dataclass(frozen=True)
class ApiKey:
    text: str
    id: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def make_key(environment: str = "test") -> ApiKey:
    """`rw_<env>_<id>_<secret><checksum>`: CRC-32 of everything before it, six characters of base 62."""
    key_id, secret = _random(12), _random(32)
    body = f"rw_{environment}_{key_id}_{secret}"
    return ApiKey(body + _checksum(body), key_id)


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _checksum(body: str) -> str:
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = _BASE62[digit] + digits
    return digits


class TokenMint:
    """Issues the internal JWT and publishes its key set."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", auto_kid=True)

    @property
    def jwks(self) -> dict[str, Any]:
        public = self._key.as_dict(private=False)
        members = {name: public[name] for name in ("kty", "crv", "x", "y", "kid")}
        return {"keys": [members | {"alg": "ES256", "use": "sig"}]}

    def issue(self, service: str, *, lifetime_seconds: int = 300, **claims: Any) -> str:
        now = int(time.time())
        given = {
            "iss": TOKEN_ISSUER,
            "sub": f"spiffe://{TRUST_DOMAIN}/{service}",
            "aud": TOKEN_AUDIENCE,
            "iat": min(now, now + lifetime_seconds - 1),
            "exp": now + lifetime_seconds,
            "jti": secrets.token_hex(16),
        }
        header = {"alg": "ES256", "kid": self._key.kid, "typ": "JWT"}
        return jwt.encode(header, given | claims, self._key)

"""Service tokens: the internal JWT (RFC 7519, ES256) for callers that cannot present a certificate."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from ringwork.control.authority import key_pem
from ringwork.kernel.clock import Clock

AUDIENCE = "ringwork-internal"
MAX_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """`text` is the JWT; it is shown once and never stored."""

    jti: str
    expires_at: datetime
    text: str = field(repr=False)


class TokenIssuer:
    def __init__(self, key: ec.EllipticCurvePrivateKey, clock: Clock) -> None:
        self._key = ECKey.import_key(key_pem(key))
        self._kid = self._key.thumbprint()
        self._clock = clock

    def issue(self, spiffe_id: str, *, trust_domain: str, lifetime: timedelta) -> ServiceToken:
        now = self._clock().replace(microsecond=0)
        jti = secrets.token_hex(16)
        claims = {
            "iss": token_issuer_name(trust_domain),
            "sub": spiffe_id,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": jti,
        }
        header = {"alg": "ES256", "kid": self._kid, "typ": "JWT"}
        return ServiceToken(jti, now + lifetime, jwt.encode(header, claims, self._key))

    def jwks(self) -> dict[str, Any]:
        """The public half as an RFC 7517 key set."""
        public = self._key.as_dict(private=False)
        described = {"alg": "ES256", "kid": self._kid, "use": "sig"}
        return {"keys": [{name: public[name] for name in ("kty", "crv", "x", "y")} | described]}


def token_issuer_name(trust_domain: str) -> str:
    """`iss` of a trust domain's tokens."""
    return f"spiffe://{trust_domain}"

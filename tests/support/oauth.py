"""An authorization server's terms, and clients that prove themselves in every way there is, also in wrong ones."""

from __future__ import annotations

import base64
import json
import os
from typing import Any
from urllib.parse import quote_plus

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from ringwork.intent.authorization import AuthorizationIntent, AuthorizationTerms

ISSUER = "https://auth.acme.test"
AUDIENCE = "https://api.acme.test"
OTHER = "urn:acme:other"
Key = ECKey | OKPKey | RSAKey
ALL = ("EdDSA", "ES256", "ES384", "PS256", "RS256", "HS256", "none")

TERMS = AuthorizationTerms(
    AuthorizationIntent(ISSUER, (AUDIENCE, OTHER), "127.0.0.1:7080", ("partner", "public"), 300),
    scopes={
        "partner": ("orders:read", "orders:write", "stock:read"),
        "public": ("orders:read", "stock:read"),
    },
    plans={"free": ("orders:read",), "gold": None},
    partners={"globex": ("orders:read", "orders:write")},
)


def basic(client_id: str, secret: str) -> dict[str, str]:
    """RFC 6749 §2.3.1."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(
    key: Any, client_id: str, at: float, header: dict[str, Any] | None = None, **claims: Any
) -> dict[str, str]:
    """RFC 7523 §2.2, of this time. None takes a claim away."""
    said = {
        "iss": client_id, "sub": client_id, "aud": ISSUER, "iat": int(at), "exp": int(at) + 60,
        "jti": os.urandom(8).hex(),
    } | claims  # fmt: skip
    stated = {"alg": "ES256", "kid": "k1"} | (header or {})
    parts = (stated, {name: value for name, value in said.items() if value is not None})
    message = ".".join(b64(json.dumps(part).encode()) for part in parts)
    algorithm = jws.JWSRegistry(algorithms=list(ALL)).get_alg(stated["alg"])
    text = f"{message}.{b64(algorithm.sign(message.encode(), key))}"
    return {
        "client_assertion": text,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }

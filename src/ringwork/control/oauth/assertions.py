"""What a client signed to prove itself: `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ringwork.kernel.canonical import content_hash

ALGORITHMS = ("EdDSA", "ES256", "ES384", "PS256", "RS256")
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = 8 * 1024
# It is made when it is sent; clients there are give it an hour (Authlib), and it is good once anyhow.
_LONGEST_LIFE_S = 3_600
_SKEW_S = 10
_TYPES = ("jwt", "client-authentication+jwt")


class Unproven(Exception):
    """Why it proves nothing; for nobody outside."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """`jti` with `expires_at`: it is good once."""

    client_id: str
    jti: str
    expires_at: datetime

    @property
    def name(self) -> str:
        """By which it is remembered: SHA-256 in hex."""
        return content_hash(f"{self.client_id}\0{self.jti}".encode())


def client_in(text: str) -> str:
    """Who it says it is of; nothing of it is believed. Raises Unproven."""
    _, claims = _parts(text)
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise Unproven("it names no client")
    return subject


def verified(
    text: str, jwks: dict[str, Any], *, client_id: str, audiences: Collection[str], now: datetime
) -> Assertion:
    """Raises Unproven."""
    header, _ = _parts(text)
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or "crit" in header or "b64" in header:
        raise Unproven("it is signed in a way that is not allowed")
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") not in _TYPES:
        raise Unproven("it is of another kind")
    for key in KeySet.import_key_set(jwks).keys:  # type: ignore[arg-type]
        if kid is not None and key.kid != kid:
            continue
        try:
            claims = jwt.decode(text, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        return _asserted(claims, client_id, audiences, now)
    raise Unproven("no key of the client signed it")


def _asserted(claims: dict[str, Any], client_id: str, audiences: Collection[str], now: datetime) -> Assertion:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise Unproven("issuer and subject are not the client")
    if len(named) != 1 or named[0] not in audiences:
        raise Unproven("it is not for this authorization server alone")
    at, ends = now.timestamp(), _time(claims, "exp")
    if ends is None or not at - _SKEW_S < ends <= at + _LONGEST_LIFE_S + _SKEW_S:
        raise Unproven("it has expired, or lives too long")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > at + _SKEW_S:
            raise Unproven("it is not valid yet")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255:
        raise Unproven("it has no name (jti)")
    return Assertion(client_id, jti, datetime.fromtimestamp(int(ends) + _SKEW_S + 1, UTC))


def _parts(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(text) > _LONGEST:
        raise Unproven("it is too long")
    try:
        compact = jws.extract_compact(text.encode("ascii"))
        claims = json.loads(compact.payload)
        if not isinstance(claims, dict):
            raise ValueError("no object")
        return dict(compact.headers()), claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise Unproven("it is no signed token") from None


def _time(claims: dict[str, Any], name: str) -> float | None:
    """Raises Unproven for what is there and no time."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise Unproven("it has a time that is none")
    return float(value)

"""Tokens a provider signed: ID tokens (OpenID Connect Core §3.1.3.7), logout tokens (Back-Channel Logout 1.0 §2.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from ringwork.control.people.provider.keys import ProviderKeys
from ringwork.control.people.provider.words import Denied

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST = 64 * 1024
_LONGEST_SUBJECT = 255
_SKEW_S = 60
# A logout token is sent when it is made.
_LOGOUT_AGE_S = 300
_MOST_TRIED = 8
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose tokens are believed, for whom, signed how."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...]


def id_token(
    text: str, keys: ProviderKeys, expected: Expected, now: datetime, access_token: str | None = None
) -> dict[str, Any]:
    """Its claims. Raises Denied, Unanswered."""
    alg, claims = _verified(text, keys, expected, {"jwt"}, "login")
    _demand_for_us(claims, expected, now)
    if not isinstance(claims.get("exp"), int | float) or claims["exp"] + _SKEW_S < now.timestamp():
        raise Denied("the ID token has expired")
    audience = claims["aud"]
    if claims.get("azp", expected.client_id) != expected.client_id or (
        isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
    ):
        raise Denied("the ID token was made for another client")
    subject(claims)
    _demand_hash(claims, alg, access_token)
    return claims


def logout_token(text: str, keys: ProviderKeys, expected: Expected, now: datetime) -> dict[str, Any]:
    """Its claims. Raises Denied, Unanswered."""
    _, claims = _verified(text, keys, expected, {"jwt", "logout+jwt"}, "logout")
    _demand_for_us(claims, expected, now)
    if claims["iat"] < now.timestamp() - _LOGOUT_AGE_S:
        raise Denied("the logout token is old")
    if "exp" in claims and (
        not isinstance(claims["exp"], int | float) or claims["exp"] + _SKEW_S < now.timestamp()
    ):
        raise Denied("the logout token has expired")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Denied("this is no logout token")
    if "nonce" in claims:
        raise Denied("a logout token has no nonce")
    if not isinstance(claims.get("jti"), str):
        raise Denied("the logout token has no jti")
    if not isinstance(claims.get("sub"), str) and not isinstance(claims.get("sid"), str):
        raise Denied("the logout token says neither who nor which session")
    return claims


def subject(claims: dict[str, Any]) -> str:
    """Raises Denied."""
    found = claims.get("sub")
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_SUBJECT or not found.isprintable():
        raise Denied("it does not say who it is about")
    return found


def _verified(
    text: str, keys: ProviderKeys, expected: Expected, types: Collection[str], purpose: str
) -> tuple[str, dict[str, Any]]:
    """The algorithm is one that is allowed before a key is looked for, and the key is of its kind."""
    if len(text) > _LONGEST:
        raise Denied("the token is too long")
    try:
        header = jws.extract_compact(text.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, KeyError):
        raise Denied("this is no signed token") from None
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in expected.algorithms:
        raise Denied("the token is signed in a way that is not allowed (`people.provider.algorithms`)")
    if "crit" in header or str(header.get("typ", "JWT")).lower().removeprefix("application/") not in types:
        raise Denied("the token is of another kind")
    if kid is not None and not isinstance(kid, str):
        raise Denied("the token names no key")
    for key in keys.for_token(kid, alg, purpose=purpose)[:_MOST_TRIED]:
        try:
            return alg, jwt.decode(text, key, algorithms=[alg]).claims
        except (JoseError, ValueError, TypeError):
            continue
    raise Denied("the token's signature is not the provider's")


def _demand_for_us(claims: dict[str, Any], expected: Expected, now: datetime) -> None:
    if claims.get("iss") != expected.issuer:
        raise Denied("the token is of another issuer")
    audience = claims.get("aud")
    if expected.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise Denied("the token was made for another client")
    for name in ("iat", "nbf"):
        at = claims.get(name, 0 if name == "nbf" else None)
        if not isinstance(at, int | float) or isinstance(at, bool) or at - _SKEW_S > now.timestamp():
            raise Denied("the token is of a time to come; is the clock right?")


def _demand_hash(claims: dict[str, Any], alg: str, access_token: str | None) -> None:
    """§3.1.3.8, where it is there. EdDSA leaves open by which hash."""
    stated, algorithm = claims.get("at_hash"), _HASHES.get(alg[-3:])
    if stated is None or access_token is None or algorithm is None:
        return
    digest = hashlib.new(algorithm, access_token.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), wanted.encode()):
        raise Denied("the ID token and the access token do not belong together")

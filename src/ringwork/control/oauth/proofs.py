"""Proof that a client has the private half of a key, at the token endpoint (RFC 9449 §4.3, §5)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.ports import AssertionRecords
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.clock import Clock

ALGORITHMS = ("ES256", "EdDSA")
_LONGEST = 4 * 1024
# How old a proof may be, and how far ahead a client's clock.
_AGE_S = 60
_AHEAD_S = 60
_JTI = re.compile("[ -~]{1,255}")
# RFC 7638 §3.2: what is of a key, and nothing else may be: a private half, or another kind.
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
_NO_MEMBERS = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
_CURVES = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}


class Proofs:
    """Remembers those that were used: each is good once."""

    def __init__(self, used: AssertionRecords, clock: Clock) -> None:
        self._used = used
        self._clock = clock

    def thumbprint(self, proof: str, *, method: str, urls: Collection[str]) -> str:
        """RFC 7638 thumbprint of the key that `proof` proves for this request, to one of `urls`. Raises Declined."""
        try:
            jkt, claims = _verified(proof)
            _demand_for(claims, method, urls, self._clock().timestamp())
        except _Wrong as wrong:
            raise Declined("invalid_dpop_proof", str(wrong)) from None
        name = content_hash(f"dpop\0{jkt}\0{claims['jti']}".encode())
        ends = datetime.fromtimestamp(int(claims["iat"]) + _AGE_S + _AHEAD_S + 1, UTC)
        if not self._used.use(name, ends):
            raise Declined("invalid_dpop_proof", "the proof was used before")
        return jkt


class _Wrong(Exception):
    pass


def _verified(proof: str) -> tuple[str, dict[str, Any]]:
    """Thumbprint of the key in it, and its claims."""
    if len(proof) > _LONGEST:
        raise _Wrong("the proof is too long")
    try:
        compact = jws.extract_compact(proof.encode("ascii"))
        header, claims = dict(compact.headers()), json.loads(compact.payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise _Wrong("the proof is no signed token") from None
    algorithm, jwk = header.get("alg"), header.get("jwk")
    if str(header.get("typ")).lower() != "dpop+jwt" or "crit" in header or "b64" in header:
        raise _Wrong("the proof is of another type than dpop+jwt")
    if algorithm not in ALGORITHMS or not isinstance(jwk, dict) or not isinstance(claims, dict):
        raise _Wrong(f"the proof is signed with {' or '.join(ALGORITHMS)}, and holds its public key")
    if (jwk.get("kty"), jwk.get("crv")) != _CURVES[algorithm] or _NO_MEMBERS & jwk.keys():
        raise _Wrong("the key of the proof is none for its algorithm, or is private")
    try:
        public = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
        key = (ECKey if jwk["kty"] == "EC" else OKPKey).import_key(public)
        jws.deserialize_compact(proof.encode("ascii"), key, algorithms=[algorithm])
        return key.thumbprint(), claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise _Wrong("the key of the proof did not sign it") from None


def _demand_for(claims: dict[str, Any], method: str, urls: Collection[str], now: float) -> None:
    at, jti = claims.get("iat"), claims.get("jti")
    if claims.get("htm") != method or _without_query(claims.get("htu")) not in urls:
        raise _Wrong("the proof is for another request (htm, htu)")
    if isinstance(at, bool) or not isinstance(at, int | float) or not now - _AGE_S <= at <= now + _AHEAD_S:
        raise _Wrong("the proof is not of now (iat)")
    if not isinstance(jti, str) or not _JTI.fullmatch(jti):
        raise _Wrong("the proof has no name (jti)")


def _without_query(url: object) -> str | None:
    """RFC 9449 §4.3: compared without query and fragment, scheme and host in lower case."""
    if not isinstance(url, str):
        return None
    try:
        found = urlsplit(url)
        port = {("https", 443): None, ("http", 80): None}.get((found.scheme, found.port or 0), found.port)
    except ValueError:
        return None
    host = f"[{found.hostname}]" if ":" in (found.hostname or "") else found.hostname
    return f"{found.scheme}://{host}{'' if port is None else f':{port}'}{found.path}"

"""Clients that prove to have a key (RFC 9449), and whatever else one can send for a proof."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any

from joserfc import jws

from tests.gateway.issuers import ALGORITHMS, Json, b64, key_for, public


class Prover:
    def __init__(self, algorithm: str = "ES256") -> None:
        self.algorithm = algorithm
        self.key = key_for(algorithm)

    @property
    def jkt(self) -> str:
        """RFC 7638."""
        return str(self.key.thumbprint())

    @property
    def jwk(self) -> Json:
        members = ("kty", "crv", "x", "y", "n", "e")
        return {name: value for name, value in public(self.key).items() if name in members}

    def proof(
        self, method: str, url: str, token: str | None = None, header: Json | None = None, **claims: Any
    ) -> str:
        """RFC 9449 §4.2; None takes a member or a claim away."""
        ath = None if token is None else b64(hashlib.sha256(token.encode()).digest())
        said = {"htm": method, "htu": url, "iat": int(time.time()), "jti": os.urandom(8).hex(), "ath": ath}
        stated = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.jwk} | (header or {})
        parts = (_there(stated), _there(said | claims))
        message = ".".join(b64(json.dumps(part).encode()) for part in parts)
        algorithm = jws.JWSRegistry(algorithms=list(ALGORITHMS)).get_alg(self.algorithm)
        return f"{message}.{b64(algorithm.sign(message.encode(), self.key))}"

    def presents(self, token: str, method: str, url: str, **given: Any) -> list[tuple[str, str]]:
        """Fields of a request."""
        return [("Authorization", f"DPoP {token}"), ("DPoP", self.proof(method, url, token, **given))]


def _there(said: Json) -> Json:
    return {name: value for name, value in said.items() if value is not None}

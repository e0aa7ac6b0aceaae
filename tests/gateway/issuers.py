"""An outside issuer of access tokens: keys of every kind, tokens made by the RFCs, and whatever else one can sign."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.gateway.node import Node

Json = dict[str, Any]
Key = ECKey | OKPKey | RSAKey

URI = "https://login.test/jwks"
AUDIENCE = "https://api.acme.test"
ALGORITHMS = ("EdDSA", "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


@cache
def _rsa(bits: int) -> RSAKey:
    """Made once: large primes take their time."""
    return RSAKey.generate_key(bits, auto_kid=True)


def key_for(algorithm: str) -> Key:
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519", auto_kid=True)
    if algorithm.startswith("ES"):
        return ECKey.generate_key("P-256" if algorithm == "ES256" else "P-384", auto_kid=True)
    return _rsa(2048)


def public(key: Key, **more: Any) -> Json:
    return dict(key.as_dict(private=False)) | more


def b64(data: bytes | Json) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class OutsideIssuer:
    """Signs what it is told to."""

    def __init__(self, algorithm: str = "ES256", *, issuer: str = "https://login.test") -> None:
        self.algorithm, self.issuer = algorithm, issuer
        self.key = key_for(algorithm)

    @property
    def jwks(self) -> Json:
        return {"keys": [public(self.key)]}

    def claims(self, **claims: Any) -> Json:
        """None takes one away."""
        now = int(time.time())
        said = {
            "iss": self.issuer, "aud": AUDIENCE, "sub": "alice", "client_id": "app-7",
            "iat": now, "exp": now + 300, "jti": os.urandom(8).hex(),
        } | claims  # fmt: skip
        return {name: value for name, value in said.items() if value is not None}

    def header(self, **header: Any) -> Json:
        said = {"alg": self.algorithm, "kid": self.key.kid, "typ": "at+jwt"} | header
        return {name: value for name, value in said.items() if value is not None}

    def token(self, header: Json | None = None, **claims: Any) -> str:
        """Signed by the issuer's key with its algorithm, whatever the header says."""
        return self.signed(b64(self.header(**header or {})), b64(self.claims(**claims)))

    def signed(self, header: str, payload: str) -> str:
        """Encoded header and payload with a signature over exactly these."""
        return f"{header}.{payload}.{b64(self.signature(f'{header}.{payload}'.encode()))}"

    def signature(self, message: bytes) -> bytes:
        algorithm = jws.JWSRegistry(algorithms=list(ALGORITHMS)).get_alg(self.algorithm)
        return bytes(algorithm.sign(message, self.key))

    def accepted(self, ring: str, **given: Any) -> Json:
        """As a manifest has it."""
        callers = {
            "internal": {"kind": "services", "claim": "client_id", "services": {"app-7": "billing"}},
            "partner": {"kind": "partners", "claim": "client_id", "partners": {"app-7": "globex", "app-8": "initech"}},
            "public": {"kind": "developers", "per": "subject", "plan": "free"},
        }  # fmt: skip
        return {
            "name": "login", "issuer": self.issuer, "audiences": [AUDIENCE], "algorithms": [self.algorithm],
            "typ": "at+jwt", "leeway_seconds": 0, "keys": {"source": "estate", "jwks": self.jwks},
            "callers": callers[ring], "forward": False, "log_subject": "hashed",
        } | given  # fmt: skip


FETCHED: Json = {"source": "fetched", "jwks_uri": URI, "refresh_seconds": 60}


def accept(
    node: Node,
    *issuers: OutsideIssuer,
    bundle: Callable[[str, Json], None] = lambda ring, content: None,
    change: Callable[[Json], None] = lambda manifest: None,
    **given: Any,
) -> int:
    """A revision whose rings all accept these."""

    def accepting(manifest: Json) -> None:
        for ring, content in manifest["rings"].items():
            accepted = [issuer.accepted(ring, **given) for issuer in issuers]
            content["authentication"]["access_tokens"] = accepted
            # Tests guess more than anybody may.
            content["bounds"] = {"failed_authentications_per_minute": 1_000_000}
        change(manifest)

    return node.publish(change=accepting, bundle=bundle)


def provide_keys(node: Node, jwks: Json) -> None:
    """What was fetched, as the control plane brings it to a node."""
    node._write("issuers/keys.json", json.dumps({"format": 1, "key_sets": {URI: jwks}}).encode())


def bearer(token: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {token}")

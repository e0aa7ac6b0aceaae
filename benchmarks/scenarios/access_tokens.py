"""Access tokens of an outside issuer against bare Pingora, which forwards them: `jwt_vs_bare`."""

from __future__ import annotations

import random
import time

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from benchmarks.contenders.bare import bare
from benchmarks.contenders.setting import Setting
from benchmarks.harness import intents
from benchmarks.harness.processes import NotOurs, http_status, running
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.harness.traffic import Traffic, with_token
from benchmarks.scenarios.contest import Entry, Running, contest, requests_per_s
from ringwork.intent.issuer import CallersIntent, IssuerIntent
from ringwork.kernel.findings import Location

ROUNDS = 6
NAME = "jwt_vs_bare"
TOKENS = 10_000
_ISSUER, _AUDIENCE = "https://login.bench.test", "https://api.bench.test"
_LIFETIME_SECONDS = 86_400

Key = ECKey | OKPKey


def measure(setting: Setting) -> Result:
    """Ten thousand subjects, half of their tokens signed with EdDSA, half with ES256."""
    keys = signing_keys()
    traffic = token_traffic(setting.traffic, keys)
    issuer = issuer_of(keys)
    peer = bare(setting)
    with (
        contest(setting, {"jwt": Entry(traffic, issuers=(issuer,))}) as ours,
        running(peer, setting.work) as it,
    ):
        _check(ours["jwt"].port, traffic)
        against = Running(peer.port, it.pid, ours["jwt"].requests)
        rounds = ratios(requests_per_s(ours | {"bare": against}, ROUNDS), "jwt", "bare")
    return Result(NAME, middle(rounds), "x", rounds, "bare Pingora: our binary, empty wall", Must(">=", 0.75))


def signing_keys() -> dict[str, Key]:
    """By algorithm; `Ed25519` is EdDSA (RFC 9864)."""
    ed25519, p256 = OKPKey.generate_key("Ed25519", auto_kid=True), ECKey.generate_key("P-256", auto_kid=True)
    return {"Ed25519": ed25519, "ES256": p256}


def token_traffic(keyed: Traffic, keys: dict[str, Key]) -> Traffic:
    chance = random.Random(1)
    tokens = [_token(number, *list(keys.items())[number % 2]) for number in range(TOKENS)]
    paths = [request.split(b" ")[1].decode() for request in keyed.requests]
    return Traffic(
        keyed.keys, keyed.templates, tuple(with_token(path, chance.choice(tokens)) for path in paths)
    )


def _token(number: int, algorithm: str, key: Key) -> str:
    now = int(time.time())
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": f"subject-{number}",
        "client_id": "bench",
        "scope": "orders:read orders:write",
        "iat": now,
        "exp": now + _LIFETIME_SECONDS,
        "jti": f"{number:032x}",
    }
    header = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"}
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def issuer_of(keys: dict[str, Key]) -> IssuerIntent:
    return IssuerIntent(
        name="login",
        issuer=_ISSUER,
        audiences=(_AUDIENCE,),
        algorithms=("ES256", "EdDSA"),
        typ="at+jwt",
        leeway_seconds=10,
        keys={"keys": [key.as_dict(private=False) for key in keys.values()]},
        callers=CallersIntent("developers", per="subject", plan=intents.PLAN),
        forward=False,
        log_subject="hashed",
        declared_at=Location("benchmarks/scenarios/access_tokens.py", 1, 1),
    )


def _check(port: int, traffic: Traffic) -> None:
    """Raises NotOurs when a good token is refused, or a spoiled one is not."""
    good = traffic.requests[0]
    token = good.partition(b"Bearer ")[2].partition(b"\r\n")[0]
    spoiled = good.replace(token, token[:-8] + b"AAAAAAAA")
    found = http_status(port, good), http_status(port, spoiled)
    if found != (200, 401):
        raise NotOurs(f"the gateway answers {found} to a good token and a spoiled one, not (200, 401)")

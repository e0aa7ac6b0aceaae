"""What a provider's tokens must be; everything else is refused, whoever made it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from ringwork.control.people.provider.keys import ProviderKeys
from ringwork.control.people.provider.tokens import LOGOUT_EVENT, Expected, id_token, logout_token
from ringwork.control.people.provider.words import Denied, Unanswered

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = Expected("https://idp.test", "ringwork", ("RS256", "ES256", "EdDSA"))
RSA, EC, ED = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
SHORT, FOREIGN = RSAKey.generate_key(1024), RSAKey.generate_key(2048)
CLAIMS = {
    "iss": "https://idp.test",
    "aud": "ringwork",
    "sub": "alice",
    "iat": AT,
    "exp": AT + 300,
    "nonce": "n",
}
LOGOUT = {name: CLAIMS[name] for name in ("iss", "aud", "sub", "iat", "exp")}
LOGOUT |= {"jti": "1", "events": {LOGOUT_EVENT: {}}}

Json = dict[str, Any]


class Shown:
    """The provider's keys as it shows them; how often it was asked."""

    def __init__(self, *keys: Json) -> None:
        self.keys = list(keys)
        self.asked = 0

    def json(self, method: str, url: str, **_: object) -> tuple[int, Json]:
        self.asked += 1
        return 200, {"keys": self.keys}


def public(key: Any, **members: str) -> Json:
    return {**key.as_dict(private=False), **members}


def keys_of(*keys: Json) -> ProviderKeys:
    return ProviderKeys(Shown(*keys), "https://idp.test/keys", clock=lambda: 0.0)  # type: ignore[arg-type]


KEYS = (public(RSA, kid="rsa"), public(EC, kid="ec"), public(ED, kid="ed"))


def signed(claims: Json = CLAIMS, key: Any = RSA, **header: Any) -> str:
    header = {"alg": "RS256", "kid": "rsa", **header}
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def by_hand(header: Json, claims: Json, signature: Callable[[bytes], bytes]) -> str:
    text = b".".join(_b64(json.dumps(each).encode()) for each in (header, claims))
    return (text + b"." + _b64(signature(text))).decode()


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@pytest.mark.parametrize(
    ("key", "alg", "kid"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec"), (ED, "EdDSA", "ed")]
)
def test_what_the_provider_signed_is_believed(key: Any, alg: str, kid: str) -> None:
    assert id_token(signed(CLAIMS, key, alg=alg, kid=kid), keys_of(*KEYS), EXPECTED, NOW)["sub"] == "alice"


def changed(**claims: Any) -> Json:
    return {name: value for name, value in (CLAIMS | claims).items() if value is not None}


_PEM = RSA.as_pem(private=False)
REFUSED = {
    "unsigned": by_hand({"alg": "none"}, CLAIMS, lambda _: b""),
    "unsigned with a key": by_hand({"alg": "none", "kid": "rsa"}, CLAIMS, lambda _: b""),
    "the public key as a secret": by_hand(
        {"alg": "HS256", "kid": "rsa"}, CLAIMS, lambda text: hmac.digest(_PEM, text, "sha256")
    ),
    "the public key as a secret, said to be RS256": by_hand(
        {"alg": "RS256", "kid": "rsa"}, CLAIMS, lambda text: hmac.digest(_PEM, text, "sha256")
    ),
    "a secret": signed(CLAIMS, OctKey.generate_key(256), alg="HS256"),
    "an algorithm that is not allowed": signed(alg="PS256"),
    "a key of another kind": by_hand({"alg": "ES256", "kid": "rsa"}, CLAIMS, lambda _: b"\0" * 64),
    "zeroes as a signature": by_hand({"alg": "ES256", "kid": "ec"}, CLAIMS, lambda _: b"\0" * 64),
    "a foreign key": signed(key=FOREIGN),
    "a foreign key it brings along": signed(key=FOREIGN, jwk=public(FOREIGN), kid="mine"),
    "a foreign key it says where to find": signed(key=FOREIGN, jku="https://evil.test/keys"),
    "a kid that is a path": signed(key=FOREIGN, kid="../../dev/null"),
    "a kid that is a statement": signed(key=FOREIGN, kid="x' OR '1'='1"),
    "a critical extension": by_hand(
        {"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}, CLAIMS, lambda _: b"x" * 256
    ),
    "another kind of token": signed(typ="at+jwt"),
    "a logout token": signed(LOGOUT, typ="logout+jwt"),
    "another issuer": signed(changed(iss="https://idp.test/")),
    "another client": signed(changed(aud="other")),
    "several clients, and not said for which": signed(changed(aud=["ringwork", "other"])),
    "several clients, for another": signed(changed(aud=["ringwork", "other"], azp="other")),
    "nobody": signed(changed(sub=None)),
    "an empty name": signed(changed(sub="")),
    "a name that is a number": signed(changed(sub=7)),
    "a name that is too long": signed(changed(sub="x" * 256)),
    "expired": signed(changed(exp=AT - 61)),
    "without an end": signed(changed(exp=None)),
    "an end that is no time": signed(changed(exp="never")),
    "of a time to come": signed(changed(iat=AT + 61)),
    "not yet": signed(changed(nbf=AT + 61)),
    "without a beginning": signed(changed(iat=None)),
    "another access token's": signed(changed(at_hash="x" * 22)),
    "too long": "x" * 70_000,
    "no token": "a.b",
    "no JSON": by_hand({"alg": "RS256", "kid": "rsa"}, [], lambda _: b"x") + "!",  # type: ignore[arg-type]
    "nothing": "",
    "not ASCII": "é.é.é",
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED)
def test_what_is_no_token_of_the_provider_for_us_is_refused(token: str) -> None:
    with pytest.raises(Denied):
        id_token(token, keys_of(*KEYS), EXPECTED, NOW, access_token="access")


def test_the_access_token_that_belongs_to_it_is_taken() -> None:
    half = hashlib.sha256(b"access").digest()[:16]
    token = signed(changed(at_hash=_b64(half).decode()))
    assert id_token(token, keys_of(*KEYS), EXPECTED, NOW, access_token="access")["sub"] == "alice"


@pytest.mark.parametrize(
    "shown",
    [
        public(RSA, kid="rsa", use="enc"),
        public(RSA, kid="rsa", alg="RS512"),
        public(RSA, kid="rsa") | {"key_ops": ["encrypt"]},
        {"kty": "oct", "k": "AAAA", "kid": "rsa"},
        {"kty": "unheard-of", "kid": "rsa"},
        {"kty": "RSA", "kid": "rsa"},
    ],
)
def test_a_key_that_is_for_something_else_signs_nothing(shown: Json) -> None:
    with pytest.raises(Denied):
        id_token(signed(), keys_of(shown), EXPECTED, NOW)


def test_a_key_that_is_too_short_signs_nothing() -> None:
    with pytest.raises(Denied):
        id_token(signed(key=SHORT, kid="s"), keys_of(public(SHORT, kid="s")), EXPECTED, NOW)


def test_without_a_name_there_must_be_one_key_only() -> None:
    token = jwt.encode({"alg": "RS256"}, CLAIMS, RSA)
    assert id_token(token, keys_of(*KEYS), EXPECTED, NOW)["sub"] == "alice"
    with pytest.raises(Denied):
        id_token(token, keys_of(*KEYS, public(FOREIGN, kid="other")), EXPECTED, NOW)


def test_unknown_keys_are_looked_for_now_and_then_and_by_strangers_at_nobody_elses_cost() -> None:
    time = [0.0]
    shown = Shown(public(RSA, kid="rsa"))
    keys = ProviderKeys(shown, "https://idp.test/keys", clock=lambda: time[0])  # type: ignore[arg-type]
    for number in range(100):
        keys.for_token(str(number), "RS256", purpose="logout")
    assert shown.asked == 13
    shown.keys.append(public(EC, kid="new"))
    assert keys.for_token("new", "ES256", purpose="login")
    shown.keys = [public(EC, kid="new")]
    assert keys.for_token("rsa", "RS256", purpose="login")
    time[0] = 600.0
    assert not keys.for_token("rsa", "RS256", purpose="login")


def test_no_keys_is_no_answer() -> None:
    shown = Shown()
    shown.keys = None  # type: ignore[assignment]
    with pytest.raises(Unanswered):
        ProviderKeys(shown, "https://idp.test/keys").for_token("x", "RS256", purpose="login")  # type: ignore[arg-type]


def without(**claims: Any) -> Json:
    return {name: value for name, value in (LOGOUT | claims).items() if value is not None}


@pytest.mark.parametrize("claims", [LOGOUT, without(sub=None, sid="s"), without(exp=None)])
def test_a_logout_token_says_who_or_which_session(claims: Json) -> None:
    assert logout_token(signed(claims, typ="logout+jwt"), keys_of(*KEYS), EXPECTED, NOW)["jti"] == "1"


@pytest.mark.parametrize(
    "claims",
    [
        CLAIMS,
        without(nonce="n"),
        without(events={}),
        without(events={LOGOUT_EVENT: True}),
        without(sub=None),
        without(jti=None),
        without(iat=AT - 301),
        without(exp=AT - 61),
        without(aud="other"),
        without(iss="https://other.test"),
    ],
)
def test_what_is_no_logout_token_is_refused(claims: Json) -> None:
    with pytest.raises(Denied):
        logout_token(signed(claims, typ="logout+jwt"), keys_of(*KEYS), EXPECTED, NOW)

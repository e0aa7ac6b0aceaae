"""Outside issuers: what is said of them is complete, points at what exists, and opens no more than it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from ringwork.audience import Audience
from ringwork.intent.issuer import FetchedKeys
from ringwork.intent.issuers import build_issuers
from ringwork.kernel.findings import Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.key_sets import MAX_KEY_SET_BYTES, key_set
from ringwork.manifest.load import load_estate
from tests.rooms.manifest.estates import ORGANIZATION, loaded, only, with_code, write_estate

X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
KEY = {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": X}
Changes = Mapping[str, str | None]
KEYS = json.dumps({"keys": [KEY]})
GOOD = {
    "issuer": '"https://login.example"',
    "audiences": "[acme]",
    "jwks": "keys/login.json",
    "rings": "{public: {plan: free}}",
}


def estate(
    root: Path, keys: str = KEYS, more: str = "", *, changed: Changes = MappingProxyType({})
) -> Estate:
    said = {**GOOD, **changed}
    lines = "".join(f"    {key}: {value}\n" for key, value in said.items() if value is not None)
    text = f"{ORGANIZATION}issuers:\n  login:\n{lines}{more}"
    return loaded(root, {"ringwork.yaml": text, "keys/login.json": keys})


def line(key: str, changed: Changes = MappingProxyType({})) -> int:
    """Where a key of the issuer is written."""
    said = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    return len(ORGANIZATION.splitlines()) + 3 + list(said).index(key)


def fetched(uri: str, **more: str) -> Changes:
    return {"jwks": None, "jwks_uri": f'"{uri}"', **more}


def test_an_issuer_is_accepted_where_it_is_named_and_nowhere_else(tmp_path: Path) -> None:
    organization = estate(tmp_path).organization
    assert organization is not None
    (public,) = build_issuers(tmp_path, organization, Audience.PUBLIC)
    assert build_issuers(tmp_path, organization, Audience.PARTNER) == ()
    assert public.typ == "at+jwt" and public.leeway_seconds == 10 and not public.forward
    assert public.algorithms == ("ES256", "ES384", "EdDSA", "PS256", "RS256")
    assert public.keys == {"keys": [KEY]}
    assert (public.callers.kind, public.callers.per, public.callers.plan) == ("developers", "subject", "free")


def test_keys_are_fetched_each_minute_unless_said_otherwise(tmp_path: Path) -> None:
    usual = estate(tmp_path / "usual", changed=fetched("https://login.example/jwks?p=1")).organization
    often = estate(tmp_path / "often", changed=fetched("http://127.0.0.1:1/jwks", refresh="5s")).organization
    assert usual is not None and often is not None
    keys = [build_issuers(tmp_path, one, Audience.PUBLIC)[0].keys for one in (usual, often)]
    assert keys == [
        FetchedKeys("https://login.example/jwks?p=1", None, 60),
        FetchedKeys("http://127.0.0.1:1/jwks", None, 5),
    ]


@pytest.mark.parametrize(
    ("changed", "code", "at"),
    [
        ({"jwks": None}, "issuer-keys", None),
        ({"jwks_uri": '"https://login.example/jwks"'}, "issuer-keys", None),
        ({"jwks": "keys/none.json"}, "key-set-unusable", "jwks"),
        ({"jwks": "../login.json"}, "key-set-unusable", "jwks"),
        ({"jwks": None, "jwks_uri": '"http://login.example/jwks"'}, "issuer-url", "jwks_uri"),
        ({"jwks": None, "jwks_uri": '"https://u:p@login.example/"'}, "issuer-url", "jwks_uri"),
        ({"jwks": None, "jwks_uri": '"https://169.254.169.254/"'}, "issuer-url", "jwks_uri"),
        ({"jwks": None, "jwks_uri": '"https://[::ffff:a9fe:a9fe]/"'}, "issuer-url", "jwks_uri"),
        ({"jwks": None, "jwks_uri": '"https://login.example/#a"'}, "issuer-url", "jwks_uri"),
        ({"jwks": None, "jwks_uri": '"file:///etc/passwd"'}, "issuer-url", "jwks_uri"),
        ({"issuer": "login"}, "issuer-url", "issuer"),
        ({"issuer": '"http://login.example"'}, "issuer-url", "issuer"),
        ({"issuer": '"https://login.example?a=b"'}, "issuer-url", "issuer"),
        ({"refresh": "1m"}, "without-effect", "refresh"),
        ({"ca": "ca.pem"}, "without-effect", "ca"),
        ({"audiences": None}, "missing-key", None),
        ({"audiences": "[]"}, "invalid-value", "audiences"),
        ({"audiences": '[" acme"]'}, "invalid-value", "audiences"),
        ({"algorithms": "[HS256]"}, "invalid-value", "algorithms"),
        ({"algorithms": "[none]"}, "invalid-value", "algorithms"),
        ({"algorithms": "[]"}, "invalid-value", "algorithms"),
        ({"algorithms": "[RS256]"}, "key-set-unusable", "jwks"),
        ({"typ": "any"}, "invalid-value", "typ"),
        ({"leeway": "6m"}, "invalid-value", "leeway"),
        ({"leeway": "10"}, "invalid-value", "leeway"),
        ({"rings": "{public: {plan: fre}}"}, "unknown-plan", "rings"),
        ({"rings": "{public: {}}"}, "missing-key", "rings"),
        ({"rings": "{partner: {claim: azp, partners: {a: globexx}}}"}, "unknown-partner", "rings"),
        ({"rings": "{partner: {claim: azp, partners: {}}}"}, "invalid-value", "rings"),
        ({"rings": '{partner: {claim: azp, partners: {"a\\u00e9": globex}}}'}, "invalid-value", "rings"),
        ({"rings": "{internal: {claim: sub, services: {a: Not A Name}}}"}, "invalid-value", "rings"),
        ({"rings": "{public: {plan: free, claim: sub}}"}, "unknown-key", "rings"),
    ],
    ids=str,
)  # fmt: skip
def test_every_mistake_is_found_where_it_is(
    tmp_path: Path, changed: dict[str, str | None], code: str, at: str | None
) -> None:
    finding = only(estate(tmp_path, changed=changed), code)
    assert finding.severity is Severity.ERROR and finding.help
    expected = line("issuer") - 1 if at is None else line(at, changed)
    assert finding.location.file == "ringwork.yaml" and finding.location.line == expected


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("{", "key-set-unusable"),
        ("[]", "key-set-unusable"),
        ('{"keys": {}}', "key-set-unusable"),
        ('{"keys": [1]}', "key-set-unusable"),
        ('{"keys": []}', "key-set-unusable"),
        ('{"keys": [], "keys": []}', "key-set-unusable"),
        (json.dumps({"keys": [{**KEY, "d": X}]}), "key-set-private"),
        (json.dumps({"keys": [{"kty": "oct", "k": X, "kid": "s"}]}), "key-set-private"),
        (json.dumps({"keys": [{**KEY, "use": "enc"}]}), "key-set-unusable"),
        (json.dumps({"keys": [KEY] * 65}), "key-set-unusable"),
        (" " * (MAX_KEY_SET_BYTES + 1), "key-set-unusable"),
        ("[" * 100_000, "key-set-unusable"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_usable_public_keys_is_said(tmp_path: Path, keys: str, code: str) -> None:
    assert only(estate(tmp_path, keys=keys), code).location.line == line("jwks")


def test_nothing_private_and_nothing_decorative_goes_on() -> None:
    private = {"kty": "OKP", "crv": "Ed25519", "kid": "p", "x": X, "d": X}
    found = key_set(json.dumps({"keys": [{**KEY, "x5c": ["AA"], "note": "a"}, private]}).encode())
    assert (found.jwks, found.private) == ({"keys": [KEY]}, ("p",))


def test_one_name_has_one_meaning_on_a_ring(tmp_path: Path) -> None:
    other = "  again:\n" + "".join(f"    {key}: {value}\n" for key, value in GOOD.items())
    finding = only(estate(tmp_path, more=other), "issuer-twice")
    assert finding.location.line == line("issuer") + len(GOOD) + 1


def test_a_ring_that_does_not_listen_accepts_nobody(tmp_path: Path) -> None:
    without = ORGANIZATION.replace('  public: {listen: ["127.0.0.1:8443"]}\n', "")
    said = "".join(f"    {key}: {value}\n" for key, value in GOOD.items())
    text = f"{without}issuers:\n  login:\n{said}"
    found = loaded(tmp_path, {"ringwork.yaml": text, "keys/login.json": KEYS})
    assert "does not listen" in only(found, "without-effect").message


def test_tokens_alone_may_open_a_ring(tmp_path: Path) -> None:
    keyless = ORGANIZATION.replace(
        'public: {listen: ["127.0.0.1:8443"]}',
        'public: {listen: ["127.0.0.1:8443"], authentication: {api_key: false}}',
    )
    said = "".join(f"    {key}: {value}\n" for key, value in GOOD.items())
    files = {"ringwork.yaml": f"{keyless}issuers:\n  login:\n{said}", "keys/login.json": KEYS}
    assert with_code(loaded(tmp_path / "with", files), "ring-without-authentication") == []
    only(loaded(tmp_path / "without", {"ringwork.yaml": keyless}), "ring-without-authentication")


def in_staging(root: Path, issuers: str) -> Estate:
    text = f"{ORGANIZATION}issuers:\n  login:\n" + "".join(f"    {k}: {v}\n" for k, v in GOOD.items())
    write_estate(root, {"ringwork.yaml": text, "keys/login.json": KEYS, "environments/staging.yaml": issuers})
    return load_estate(root, environment="staging")


def test_another_environment_has_another_issuer_and_nothing_of_this_one(tmp_path: Path) -> None:
    said = "issuers: {login: {issuer: 'https://l.test', audiences: [s], jwks_uri: 'https://l.test/k', RINGS}}"
    organization = in_staging(tmp_path, said.replace("RINGS", "rings: {public: {plan: free}}")).organization
    assert organization is not None
    (public,) = build_issuers(tmp_path, organization, Audience.PUBLIC)
    assert (public.issuer, public.audiences) == ("https://l.test", ("s",))
    assert public.keys == FetchedKeys("https://l.test/k", None, 60)
    opened = said.replace("RINGS", "rings: {internal: {claim: sub, services: {a: b}}}")
    assert in_staging(tmp_path / "opened", opened).organization is None
    only(in_staging(tmp_path / "again", opened), "environment-cannot-change")
    only(in_staging(tmp_path / "other", opened.replace("login:", "logn:")), "unknown-issuer")

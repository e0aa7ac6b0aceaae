"""The authorization server: what is said of it is complete, and opens no more than it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.audience import Audience
from ringwork.intent.authorization_server import build_authorization, own_issuer
from ringwork.intent.issuer import FetchedKeys
from ringwork.kernel.findings import Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.load import load_estate
from tests.rooms.manifest.estates import ORGANIZATION, loaded

GOOD = {
    "issuer": '"https://Auth.acme.example"',
    "audiences": '["https://api.acme.example", acme]',
    "listen": '"127.0.0.1:7080"',
    "rings": "[public]",
}
LINE = len(ORGANIZATION.splitlines()) + 1


def estate(root: Path, more: str = "", environment: str = "", **changed: str | None) -> Estate:
    said = {name: value for name, value in (GOOD | changed).items() if value is not None}
    lines = "".join(f"  {key}: {value}\n" for key, value in said.items())
    files = {"ringwork.yaml": f"{ORGANIZATION}authorization_server:\n{lines}{more}"}
    return loaded(root, files | ({"environments/staging.yaml": environment} if environment else {}))


def codes(estate: Estate) -> list[tuple[str, int | None]]:
    errors = [finding for finding in estate.findings if finding.severity is Severity.ERROR]
    return [(finding.code, finding.location.line) for finding in errors]


def test_it_is_an_issuer_of_the_rings_it_names_and_of_no_others(tmp_path: Path) -> None:
    found = estate(tmp_path)
    assert codes(found) == [] and found.organization is not None
    (public,) = own_issuer(found.organization, Audience.PUBLIC)
    assert own_issuer(found.organization, Audience.PARTNER) == ()
    assert own_issuer(found.organization, Audience.INTERNAL) == ()
    assert (public.name, public.issuer, public.typ) == ("ringwork", "https://auth.acme.example", "at+jwt")
    assert public.keys == FetchedKeys("https://auth.acme.example/jwks", None, 5)
    assert public.callers.kind == "clients" and not public.forward
    stated = build_authorization(found.organization.manifest.authorization_server)
    assert stated is not None and stated.lifetime_s == 300


@pytest.mark.parametrize(
    ("changed", "code", "line"),
    [
        ({"issuer": '"http://auth.acme.example"'}, "invalid-value", 1),
        ({"issuer": '"https://auth.acme.example/tenant"'}, "invalid-value", 1),
        ({"issuer": '"https://a:b@auth.acme.example"'}, "invalid-value", 1),
        ({"issuer": '"auth.acme.example"'}, "invalid-value", 1),
        ({"audiences": "[]"}, None, 2),
        ({"listen": '"0.0.0.0:7080"'}, "authorization-not-loopback", 3),
        ({"listen": '"127.0.0.1:0"'}, "authorization-not-loopback", 3),
        ({"listen": '"127.0.0.1:8443"'}, "listener-conflict", 3),
        ({"rings": "[internal]"}, None, 4),
        ({"rings": "[]"}, None, 4),
        ({"lifetime": "2h"}, "invalid-value", 5),
        ({"lifetime": "1s"}, "invalid-value", 5),
        ({"users": '{issuer: "http://login.example", client_id: r}'}, "invalid-value", 5),
        ({"users": '{issuer: "https://login.example"}'}, None, 5),
        ({"users": '{issuer: "https://l.example", client_id: r, claims: [scope]}'}, "invalid-value", 5),
        ({"users": '{issuer: "https://l.example", client_id: r, claims: [grant_id]}'}, "invalid-value", 5),
        ({"refresh": "{idle: 1s}"}, "invalid-value", 5),
        ({"client_certificates": "{}"}, "missing-key", 5),
        ({"client_certificates": "{header: Authorization}"}, "invalid-value", 5),
        ({"client_certificates": "{header: DPoP}"}, "invalid-value", 5),
        ({"client_certificates": "{header: 'Client Cert'}"}, "invalid-value", 5),
        ({"client_certificates": "{header: Client-Cert, encoding: der}"}, None, 5),
        (
            {"client_certificates": '{header: Client-Cert, at: "https://mtls.acme.example/x"}'},
            "invalid-value",
            5,
        ),
        ({"client_certificates": "{header: Client-Cert}"}, "certificates-not-requested", 5),
    ],
)
def test_a_mistake_is_told_at_its_line(
    tmp_path: Path, changed: dict[str, str], code: str | None, line: int
) -> None:
    ((found, at),) = codes(estate(tmp_path, **changed))
    assert at == LINE + line and code in (None, found)


def test_no_outside_issuer_has_its_name_or_its_url(tmp_path: Path) -> None:
    more = (
        'issuers:\n  ringwork:\n    issuer: "https://auth.acme.example"\n    audiences: [a]\n'
        '    jwks_uri: "https://login.example/jwks"\n    rings: {public: {plan: free}}\n'
    )
    assert [code for code, _ in codes(estate(tmp_path, more))] == ["issuer-twice", "issuer-twice"]


def test_an_environment_has_another_issuer_and_makes_none(tmp_path: Path) -> None:
    here = 'authorization_server: {issuer: "https://auth.staging.example", listen: "127.0.0.1:7081"}\n'
    estate(tmp_path / "sound", environment=here)
    staging = load_estate(tmp_path / "sound", environment="staging")
    assert codes(staging) == [] and staging.organization is not None
    stated = build_authorization(staging.organization.manifest.authorization_server)
    assert stated is not None and stated.issuer == "https://auth.staging.example"
    assert (stated.rings, stated.listen) == (("public",), "127.0.0.1:7081")

    estate(tmp_path / "rings", environment="authorization_server: {rings: [partner]}\n")
    assert codes(load_estate(tmp_path / "rings", environment="staging")) != []
    files = {"ringwork.yaml": ORGANIZATION, "environments/staging.yaml": here}
    loaded(tmp_path / "none", files)
    none = load_estate(tmp_path / "none", environment="staging")
    assert [code for code, _ in codes(none)] == ["environment-cannot-change"]


def test_users_have_a_provider_of_their_own_and_another_in_another_environment(tmp_path: Path) -> None:
    users = '{issuer: "https://login.example", client_id: r, client_secret: "env://S", claims: [tier, tier]}'
    here = 'authorization_server: {users: {issuer: "https://login.staging.example", client_id: s}}\n'
    found = estate(tmp_path, users=users, refresh="{lifetime: 90d, idle: 1d}", environment=here)
    assert codes(found) == [] and found.organization is not None
    stated = build_authorization(found.organization.manifest.authorization_server)
    assert stated is not None and stated.users is not None
    assert (stated.users.provider.issuer, stated.users.claims) == ("https://login.example", ("tier",))
    assert (stated.refresh_lifetime_s, stated.refresh_idle_s) == (90 * 86_400, 86_400)
    staging = load_estate(tmp_path, environment="staging")
    assert codes(staging) == [] and staging.organization is not None
    stated = build_authorization(staging.organization.manifest.authorization_server)
    assert stated is not None and stated.users is not None
    assert (stated.users.provider.client_secret, stated.users.claims) == (None, ())

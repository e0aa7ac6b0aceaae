"""Certificates of clients (RFC 8705): who shows the one it was registered with is that client, its tokens are bound to
it, and whatever else stands in the field is nobody.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ringwork.control.oauth.clients import MadeClient
from ringwork.kernel.refusal import Refused
from tests.gateway.certificates import CertificateFiles, self_signed
from tests.gateway.provers import Prover
from tests.rooms.api.authorization.test_endpoints import KEY, actions, refused
from tests.rooms.api.authorization.test_users import BACK, LOOPBACK, Shop
from tests.rooms.control.world import World
from tests.support.client_certificates import ESCAPED, FIELD, asking, escaped, rfc9440, shown
from tests.support.oauth import ISSUER, assertion, basic
from tests.support.users import USER_TERMS

OWN = {"grant_type": "client_credentials"}
AT = "https://mtls.acme.test"
RINGS = ("partner", "public")


class Certified(Shop):
    """globex has a client with a certificate, and one with a key whose tokens are bound; ada a public one like that."""

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(world)
        # Certificates are of today, whatever the world's clock says.
        world.now = datetime.now(UTC).replace(microsecond=0)
        world.terms = asking(USER_TERMS, *RINGS)
        self.folder = folder
        self.certificate, self.other = self_signed(folder, "globex"), self_signed(folder, "other")
        self.client = self.certified(self.certificate)
        self.signing = self.made(
            self.shop.id, jwks={"keys": [dict(KEY.as_dict(private=False))]}, certificate_bound=True
        )
        self.bound = self.made(self.app.id, redirect_uris=(LOOPBACK,), is_public=True, certificate_bound=True)

    def certified(self, certificate: CertificateFiles, **given: Any) -> MadeClient:
        pem = certificate.certificate.read_text()
        return self.made(self.shop.id, certificate=pem, **given)

    def named(
        self, made: MadeClient, fields: dict[str, str] | None = None, path: str = "/token", /, **form: Any
    ) -> Any:
        """By its name alone, and whatever the proxy says."""
        stated = {"client_id": made.client.id} | (OWN if path == "/token" else {}) | form
        return self.http.post(path, data=stated, headers=fields)

    def cnf(self, answer: Any) -> Any:
        assert answer.status_code == 200, answer.text
        return self.claims(answer.json()["access_token"]).get("cnf")


@pytest.fixture
def shop(tmp_path: Path, store: str | None) -> Certified:
    return Certified(World(tmp_path / "world", store=store), tmp_path / "clients")


def at(certificate: CertificateFiles) -> dict[str, str]:
    return {"x5t#S256": certificate.thumbprint}


# -- who proves itself by it ------------------------------------------------------------------------------


def test_who_shows_its_certificate_gets_tokens_that_are_bound_to_it(shop: Certified) -> None:
    answer = shop.named(shop.client, shown(shop.certificate))
    assert shop.cnf(answer) == at(shop.certificate)
    assert answer.json()["token_type"] == "Bearer"
    token = answer.json()["access_token"]
    told = shop.named(shop.client, shown(shop.certificate), "/introspect", token=token).json()
    assert (told["active"], told["cnf"], told["token_type"]) == (True, at(shop.certificate), "Bearer")
    assert shop.named(shop.client, shown(shop.certificate), "/revoke", token=token).status_code == 200
    told = shop.named(shop.client, shown(shop.certificate), "/introspect", token=token).json()
    assert told == {"active": False}


def test_everybody_else_is_nobody(shop: Certified) -> None:
    second = shop.certified(shop.other)
    for made, fields in (
        (shop.client, None),
        (shop.client, shown(shop.other)),
        (second, shown(shop.certificate)),
        (shop.client, {FIELD: ""}),
        (shop.client, {"x-client-cert": rfc9440(shop.certificate)}),
        (shop.client, {"client_cert": rfc9440(shop.certificate)}),
    ):
        for path in ("/token", "/introspect", "/revoke", "/par"):
            answer = shop.named(made, fields, path, token="x")
            assert refused(answer, "invalid_client", 401), path
            assert "www-authenticate" not in answer.headers
    form = OWN | {"client_id": shop.client.client.id, "client_secret": "x"}
    assert refused(
        shop.http.post("/token", data=form, headers=shown(shop.certificate)), "invalid_client", 401
    )
    fields = shown(shop.certificate) | basic(shop.client.client.id, "")
    assert refused(shop.http.post("/token", data=OWN, headers=fields), "invalid_client", 401)
    fields = shown(shop.certificate)
    assert refused(shop.http.post("/token", data=OWN, headers=fields), "invalid_client", 401)
    unknown = shop.http.post("/token", data=OWN | {"client_id": "k99"}, headers=fields)
    assert refused(unknown, "invalid_client", 401)


def test_a_certificate_says_nothing_for_clients_of_another_kind(shop: Certified) -> None:
    """Who has a secret proves itself by that; what it happens to show in the handshake binds nothing."""
    answer = shop.http.post(
        "/token",
        data=OWN,
        headers=basic(shop.partner.client.id, shop.partner.secret or "") | shown(shop.certificate),
    )
    assert shop.cnf(answer) is None
    form = OWN | {"client_id": shop.partner.client.id}
    assert refused(
        shop.http.post("/token", data=form, headers=shown(shop.certificate)), "invalid_client", 401
    )


def test_dates_of_a_certificate_hold_where_tokens_are_given(shop: Certified) -> None:
    world, now = shop.world, shop.world.now
    soon = self_signed(shop.folder, "soon", begins=timedelta(days=-1), ends=timedelta(hours=2))
    made = shop.certified(soon)
    assert shop.named(made, shown(soon)).status_code == 200
    world.now = now + timedelta(hours=3)
    assert refused(shop.named(made, shown(soon)), "invalid_client", 401)
    world.now = now - timedelta(days=2)
    assert refused(shop.named(made, shown(soon)), "invalid_client", 401)
    world.now = now
    with pytest.raises(Refused, match="has expired"):
        shop.certified(self_signed(shop.folder, "over", ends=timedelta(hours=-1)))
    later = self_signed(shop.folder, "later", begins=timedelta(hours=1))
    early = shop.certified(later)
    assert refused(shop.named(early, shown(later)), "invalid_client", 401)
    world.now = now + timedelta(hours=1)
    assert shop.named(early, shown(later)).status_code == 200


def test_a_certificate_rotates_with_overlap(shop: Certified) -> None:
    world, clients = shop.world, shop.world.authorization.clients
    client_id, pem = shop.client.client.id, shop.other.certificate.read_text()

    def works() -> list[bool]:
        asked = (shop.named(shop.client, shown(each)) for each in (shop.certificate, shop.other))
        return [answer.status_code == 200 for answer in asked]

    assert works() == [True, False]
    rotated = clients.rotate_certificate(client_id, pem, timedelta(days=7))
    assert (rotated.previous_until, rotated.secret_sha256) == (world.now + timedelta(days=7), None)
    assert works() == [True, True]
    again = clients.rotate_certificate(client_id, pem, timedelta(days=1))
    assert again.previous_certificate == rotated.previous_certificate
    world.now += timedelta(days=1)
    assert works() == [False, True]
    clients.rotate_certificate(client_id, shop.certificate.certificate.read_text(), None)
    assert works() == [True, False]
    assert sum("client.rotate-certificate" in each for each in actions(world)) == 3
    with pytest.raises(Refused, match="has no secret"):
        clients.rotate_secret(client_id, None)
    with pytest.raises(Refused, match="does not prove itself by a certificate"):
        clients.rotate_certificate(shop.partner.client.id, pem, None)
    clients.revoke(client_id)
    assert works() == [False, False]
    with pytest.raises(Refused, match="is revoked"):
        clients.rotate_certificate(client_id, pem, None)


# -- what is in the field ---------------------------------------------------------------------------------


def test_where_no_proxy_hands_certificates_on_the_field_is_nobodys(shop: Certified) -> None:
    shop.world.terms = USER_TERMS
    for value in (rfc9440(shop.certificate), "rubbish", "x" * 30_000):
        assert refused(shop.named(shop.client, {FIELD: value}), "invalid_client", 401)
        answer = shop.ask("/token", shop.partner, headers={FIELD: value}, **OWN)
        assert answer.status_code == 200
    answer = shop.http.post("/token", data=OWN | signed(shop))
    assert refused(answer, "unauthorized_client")


def test_what_is_no_certificate_is_told_whoever_sends_it(shop: Certified) -> None:
    """The proxy writes none of these (tests/rooms/control/oauth/test_certificates.py has more)."""
    for value in (rfc9440(shop.certificate)[1:], "::", "x" * 25_000, escaped(shop.certificate)[ESCAPED]):
        fields = {FIELD: value}
        for path in ("/token", "/introspect", "/revoke", "/par"):
            assert refused(shop.named(shop.client, fields, path), "invalid_request"), path
        answer = shop.ask("/token", shop.partner, headers=fields, **OWN)
        assert refused(answer, "invalid_request")


def test_two_fields_are_one_too_many(shop: Certified) -> None:
    """Whichever the proxy wrote: nobody hides another's certificate behind his own."""
    good, form = rfc9440(shop.certificate), OWN | {"client_id": shop.client.client.id}
    for values in ((good, good), (good, rfc9440(shop.other)), ("", good), (good, "")):
        fields = [(FIELD, value) for value in values]
        answer = shop.http.post("/token", data=form, headers=fields)
        assert refused(answer, "invalid_request"), values


def test_nginx_hands_on_a_pem(shop: Certified) -> None:
    shop.world.terms = asking(USER_TERMS, *RINGS, encoding="escaped-pem")
    assert shop.cnf(shop.named(shop.client, escaped(shop.certificate))) == at(shop.certificate)
    assert refused(shop.named(shop.client, escaped(shop.other)), "invalid_client", 401)
    assert refused(shop.named(shop.client, shown(shop.certificate)), "invalid_client", 401)
    fields = {ESCAPED: rfc9440(shop.certificate)}
    assert refused(shop.named(shop.client, fields), "invalid_request")


# -- who may have one -------------------------------------------------------------------------------------


def test_a_client_has_a_certificate_where_it_is_looked_at(shop: Certified) -> None:
    def code(**given: Any) -> str:
        with pytest.raises(Refused) as found:
            shop.made(shop.shop.id, **given)
        return found.value.code

    pem, jwks = shop.other.certificate.read_text(), {"keys": [dict(KEY.as_dict(private=False))]}
    assert code(certificate=pem, jwks=jwks) == "client-proofs"
    assert code(certificate=pem, redirect_uris=(BACK,), is_public=True) == "client-proofs"
    terms = shop.world.terms
    for missing in (USER_TERMS, asking(USER_TERMS, "public")):
        shop.world.terms = missing
        assert code(certificate=pem) == code(certificate_bound=True) == "client-certificates-missing"
    shop.world.terms = terms
    made = shop.made(shop.shop.id, certificate=pem)
    kept = shop.world.authorization.clients.demand(made.client.id)
    assert (made.secret, kept) == (None, made.client)
    assert kept.certificate is not None and kept.certificate.subject == "CN=other"


def test_a_ring_that_asks_no_more_has_no_more_of_these_tokens(shop: Certified) -> None:
    shop.world.terms = asking(USER_TERMS, "public")
    assert refused(shop.named(shop.client, shown(shop.certificate)), "unauthorized_client")


# -- bound with another proof -----------------------------------------------------------------------------


def signed(shop: Certified, **claims: Any) -> dict[str, str]:
    moment = shop.world.now.timestamp()
    return assertion(KEY, shop.signing.client.id, moment, **claims)


def test_a_client_that_signs_may_have_its_tokens_bound(shop: Certified) -> None:
    answer = shop.http.post("/token", data=OWN | signed(shop), headers=shown(shop.certificate))
    assert shop.cnf(answer) == at(shop.certificate)
    answer = shop.http.post("/token", data=OWN | signed(shop), headers=shown(shop.other))
    assert shop.cnf(answer) == at(shop.other)
    assert refused(shop.http.post("/token", data=OWN | signed(shop)), "invalid_request")
    over = self_signed(shop.folder, "over", ends=timedelta(hours=-1))
    answer = shop.http.post("/token", data=OWN | signed(shop), headers=shown(over))
    assert refused(answer, "invalid_request")


def test_key_and_certificate_are_both_bound_to(shop: Certified) -> None:
    prover = Prover()
    moment = int(shop.world.now.timestamp())
    proof = {"dpop": prover.proof("POST", f"{ISSUER}/token", iat=moment)}
    answer = shop.named(shop.client, shown(shop.certificate) | proof)
    assert shop.cnf(answer) == at(shop.certificate) | {"jkt": prover.jkt}
    assert answer.json()["token_type"] == "DPoP"


def test_a_public_clients_refresh_tokens_are_good_with_its_certificate_only(shop: Certified) -> None:
    code, verifier = shop.code(shop.bound)
    form = {"grant_type": "authorization_code", "code_verifier": verifier, "redirect_uri": LOOPBACK}
    assert refused(shop.named(shop.bound, code=code, **form), "invalid_request")
    first = shop.named(shop.bound, shown(shop.certificate), code=code, **form)
    assert shop.cnf(first) == at(shop.certificate)
    again = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    assert refused(shop.named(shop.bound, shown(shop.other), **again), "invalid_grant")
    assert refused(shop.named(shop.bound, **again), "invalid_request")
    second = shop.named(shop.bound, shown(shop.certificate), **again)
    assert shop.cnf(second) == at(shop.certificate)
    assert refused(shop.named(shop.bound, shown(shop.other), **again), "invalid_grant")
    (grant,) = shop.world.authorization.users.grants.list(limit=5)
    assert (grant.x5t, grant.ended_at) == (shop.certificate.thumbprint, None)


def test_a_confidential_clients_refresh_tokens_go_on_with_its_next_certificate(shop: Certified) -> None:
    made = shop.certified(shop.certificate, redirect_uris=(BACK,))
    code, verifier = shop.code(made)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": BACK}
    first = shop.named(made, shown(shop.certificate), **form)
    assert shop.cnf(first) == at(shop.certificate)
    pem = shop.other.certificate.read_text()
    shop.world.authorization.clients.rotate_certificate(made.client.id, pem, None)
    again = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    assert refused(shop.named(made, shown(shop.certificate), **again), "invalid_client", 401)
    assert shop.cnf(shop.named(made, shown(shop.other), **again)) == at(shop.other)


def test_requests_are_pushed_by_who_shows_its_certificate(shop: Certified) -> None:
    made = shop.certified(shop.certificate, redirect_uris=(BACK,))
    url, _ = shop.url(made)
    form = dict(parse_qsl(urlsplit(url).query))
    assert shop.http.post("/par", data=form, headers=shown(shop.certificate)).status_code == 201
    assert refused(shop.http.post("/par", data=form, headers=shown(shop.other)), "invalid_client", 401)


# -- what is told -----------------------------------------------------------------------------------------


def test_metadata_names_what_there_is(shop: Certified) -> None:
    def told() -> dict[str, Any]:
        return dict(shop.http.get("/.well-known/oauth-authorization-server").json())

    found = told()
    assert "self_signed_tls_client_auth" in found["token_endpoint_auth_methods_supported"]
    assert "self_signed_tls_client_auth" in found["introspection_endpoint_auth_methods_supported"]
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert "mtls_endpoint_aliases" not in found
    shop.world.terms = asking(USER_TERMS, *RINGS, at=AT)
    assert told()["mtls_endpoint_aliases"] == {
        "token_endpoint": f"{AT}/token",
        "introspection_endpoint": f"{AT}/introspect",
        "revocation_endpoint": f"{AT}/revoke",
        "pushed_authorization_request_endpoint": f"{AT}/par",
    }
    assert told()["token_endpoint"] == f"{ISSUER}/token"
    shop.world.terms = replace(USER_TERMS, asking=RINGS)
    text = json.dumps(told())
    assert "tls" not in text


def test_what_is_signed_may_be_for_the_endpoint_that_asks_for_certificates(shop: Certified) -> None:
    moment = int(shop.world.now.timestamp())
    fields = shown(shop.certificate)

    def statuses() -> list[int]:
        proof = {"dpop": Prover().proof("POST", f"{AT}/token", iat=moment)}
        asked = (
            shop.http.post("/token", data=OWN | signed(shop, aud=f"{AT}/token"), headers=fields),
            shop.named(shop.client, fields | proof),
        )
        return [answer.status_code for answer in asked]

    assert statuses() == [401, 400]
    shop.world.terms = asking(USER_TERMS, *RINGS, at=AT)
    assert statuses() == [200, 200]

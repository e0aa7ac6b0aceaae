"""What must not happen, each told by the check that keeps it from happening. A probe says whether it did."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.gateway.bodies import sized
from tests.gateway.credentials import _BASE62, ApiKey, make_key
from tests.gateway.issuers import bearer, provide_keys
from tests.gateway.node import HOSTS, Json
from tests.gateway.provers import Prover
from tests.mutation.world import LEAK, ORDERS, OUTSIDER, World
from tests.support.redis_server import RedisServer

Probe = Callable[[World], bool]
PROBES: dict[str, Probe] = {}


def keeps_out(check: str) -> Callable[[Probe], Probe]:
    """The probe sees when this check is left out."""

    def register(probe: Probe) -> Probe:
        assert check not in PROBES, check
        PROBES[check] = probe
        return probe

    return register


# -- responses ----------------------------------------------------------------------------------------------


def _leaves(check: str, body: bytes, *fields: str, **given: Any) -> None:
    PROBES[check] = lambda world: LEAK in world.answered(body, *fields, **given).body


def _is_taken(check: str, body: bytes) -> None:
    """A body that is none leaves all the same."""
    PROBES[check] = lambda world: world.answered(body).status == 200


_leaves("undeclared-field", b'{"id":"1","risk":"LEAK"}')
_leaves("hidden-field", b'{"id":"1","secret":{"a":"LEAK"}}')
_leaves("other-type", b'{"state":"open","id":["LEAK"]}')
_leaves("unlisted-value", b'{"state":"LEAK"}')
_leaves("hidden-value", b'{"mark":"LEAK-mark"}')
_leaves("mask", b'{"card":"LEAK111122223333"}')
_leaves("undecided-union", b'{"pays":{"kind":"other","till":"LEAK"}}')
_leaves("discriminator", b'{"pays":{"kind":"cash","number":"LEAK"}}')
_leaves("undeclared-status", b'{"id":"LEAK"}', status=203)
_leaves("undeclared-media-type", b"LEAK", kind="text/plain")
_leaves("unknown-media-type", b"LEAK", kind=None)
_leaves("unreadable-body", b"LEAK", kind="text/csv")
_is_taken("name-twice", b'{"id":"1","id":"2"}')
_is_taken("truncated-body", b'{"id":"1"')
_is_taken("trailing-bytes", b'{"id":"1"}x')


def _header_leaves(check: str, name: str, value: str) -> None:
    def probe(world: World) -> bool:
        return world.answered(b'{"id":"1"}', f"{name}: {value}").header(name) == value

    PROBES[check] = probe


_header_leaves("response-headers", "x-house", "LEAK")
_header_leaves("revealing-header", "x-debug-info", "LEAK")
_header_leaves("hidden-response-header", "x-passed", "LEAK")


@keeps_out("location")
def a_redirection_says_where_the_service_is(world: World) -> bool:
    value = f"http://127.0.0.1:{world.service.port}/base/LEAK"
    return world.answered(b'{"id":"1"}', f"Location: {value}", status=302).header("location") == value


@keeps_out("callers-kept-apart")
def another_is_given_what_one_caller_got(world: World) -> bool:
    target = f"{ORDERS.removesuffix('/orders')}/kept"
    world.service.answers(sized(b'{"id":"LEAK"}'))
    world.call(target=target, key=world.key(consumer="first", application="first"))
    world.service.answers(sized(b'{"id":"own"}'))
    return LEAK in world.call(target=target, key=world.key(consumer="second", application="second")).body


# -- requests -----------------------------------------------------------------------------------------------


def _query_passes(check: str, query: str) -> None:
    def probe(world: World) -> bool:
        world.service.answers(sized(b'{"id":"1"}'))
        return world.call(target=f"{ORDERS}?{query}").status == 200

    PROBES[check] = probe


_query_passes("undeclared-parameter", "debug=1")
_query_passes("parameter-schema", "limit=101")
_query_passes("unknown-member", "at=from,1,secret,2")
_query_passes("request-name-twice", "only=%7B%22note%22:%22a%22,%22note%22:%22b%22%7D")


def _field_passes(check: str, name: str, value: str, ring: str = "public") -> None:
    def probe(world: World) -> bool:
        return any(value in given for given in world.forwarded((name, value), ring=ring).all(name.lower()))

    PROBES[check] = probe


_field_passes("undeclared-header", "X-Debug", "LEAK")
_field_passes("undeclared-cookie", "Cookie", "debug=LEAK")
_field_passes("forged-identity", "X-Real-IP", "192.0.2.1", "internal")
_field_passes("key-forwarded", "Authorization", f"Bearer {make_key().text}", "internal")


def _body_passes(check: str, body: bytes | None, media_type: str = "application/json") -> None:
    PROBES[check] = lambda world: world.sent(body, media_type) == 200


_body_passes("unsettable-field", b'{"note":"a","hidden":"b"}')
_body_passes("body-schema", b"{}")
_body_passes("body-required", None)
_body_passes("body-media-type", b"<note/>", "application/xml")


# -- who, where, how often ----------------------------------------------------------------------------------


def _is_let_in(world: World, **call: Any) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    return world.call(**call).status == 200


def _key_is_let_in(check: str, ring: str = "public", **given: Any) -> None:
    PROBES[check] = lambda world: _is_let_in(world, ring=ring, key=world.key(ring, **given))


_key_is_let_in("key-expired", expires_at=1_000)
_key_is_let_in("key-networks", networks=["10.0.0.0/8"])
_key_is_let_in("key-restriction", apis=["crm"])
_key_is_let_in("key-environment", environment="production")
_key_is_let_in("agreed-version", "partner", consumer="initech", partner="initech")


_SCOPED = f"{ORDERS.removesuffix('/orders')}/scoped"


_INSIDE = ORDERS.removesuffix("/orders")


@keeps_out("caller-named")
def a_service_that_is_not_named_is_let_in(world: World) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    token = ("X-Internal-Service-Token", world.node.tokens.issue("billing"))
    return world.ask(token, ring="internal", target=f"{_INSIDE}/named").status == 200


def _person_is_let_in(world: World, target: str = "/peoples") -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    token = bearer(world.people.token())
    return world.ask(token, ring="internal", target=f"{_INSIDE}{target}").status == 200


def _granted(world: World, group: str, until: int) -> Json:
    person = hashlib.sha256(f"{world.people.issuer}\0alice".encode()).hexdigest()
    named = {"person": person, "id": "g1"}
    world.node.change_identity({"change": "put_grant", "group": group, "until": until, **named})
    return {"change": "delete_grant", **named}


@keeps_out("person-in-group")
def a_person_of_no_group_is_let_in(world: World) -> bool:
    return _person_is_let_in(world)


@keeps_out("grant-ended")
def a_grant_goes_on_after_its_time(world: World) -> bool:
    gone = _granted(world, "refunds", 1_000)
    let_in = _person_is_let_in(world)
    world.node.change_identity(gone)
    return let_in


@keeps_out("group-granted")
def a_grant_of_a_group_nobody_grants_any_more_lets_in(world: World) -> bool:
    gone = _granted(world, "audit", int(time.time()) + 600)
    let_in = _person_is_let_in(world, "/audited")
    world.node.change_identity(gone)
    return let_in


@keeps_out("scope-demanded")
def a_token_without_the_scope_is_let_in(world: World) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    token = bearer(world.issuer.token(scope="orders:write"))
    return world.ask(token, ring="public", target=_SCOPED).status == 200


@keeps_out("scope-agreed")
def a_key_has_a_scope_that_its_plan_has_not(world: World) -> bool:
    return _is_let_in(world, target=_SCOPED, key=world.key(plan="narrow"))


@keeps_out("scope-of-key")
def a_key_has_a_scope_that_it_was_not_made_for(world: World) -> bool:
    return _is_let_in(world, target=_SCOPED, key=world.key(scopes=["orders:write"]))


_OWN = f"{ORDERS.removesuffix('/orders')}/own"


@keeps_out("bound-value")
def one_reads_what_is_anothers(world: World) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    return world.ask(bearer(world.issuer.token()), ring="public", target=f"{_OWN}/bob").status == 200


@keeps_out("bound-body")
def one_writes_what_is_anothers(world: World) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    fields = bearer(world.issuer.token()), ("Content-Type", "application/json")
    return world.ask(*fields, ring="public", method="POST", target=_OWN, body=b'{"note":"bob"}').status == 200


@keeps_out("recorded")
def a_write_is_on_no_record(world: World) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    key = ("X-Api-Key", world.key().text)
    target = f"{ORDERS.removesuffix('/orders')}/recorded/77"
    answered = world.ask(key, ring="public", method="POST", target=target)
    kept = b"".join(path.read_bytes() for path in world.node.root.glob("journal/*/*.log"))
    return answered.status == 200 and str(answered.header("x-request-id")).encode() not in kept


@keeps_out("hidden-operation")
def a_visible_path_carries_a_hidden_ones_request(world: World) -> bool:
    return _is_let_in(world, target=f"{ORDERS}/export")


@keeps_out("agreed-feature")
def an_operation_is_called_without_its_feature(world: World) -> bool:
    return _is_let_in(world, ring="partner", target=f"{ORDERS.removesuffix('/orders')}/beta")


@keeps_out("foreign-host")
def another_host_is_answered(world: World) -> bool:
    return _is_let_in(world, host="evil.test")


@keeps_out("foreign-server-name")
def another_server_name_is_answered(world: World) -> bool:
    return _is_let_in(world, server_name="evil.test")


@keeps_out("ring-networks")
def somebody_outside_of_the_networks_is_answered(world: World) -> bool:
    return _is_let_in(world, ring="partner", source=OUTSIDER)


@keeps_out("undeclared-proxy")
def somebody_says_where_they_come_from_and_is_believed(world: World) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    answer = world.call(("X-Forwarded-For", "127.0.0.1"), ring="partner", source=OUTSIDER)
    return answer.status == 200


@keeps_out("key-secret")
def a_key_with_another_secret_is_let_in(world: World) -> bool:
    known = world.key()
    prefix = known.text[: -len("0" * 38)]
    forged = prefix + "0" * 32
    value, digits = zlib.crc32(forged.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = _BASE62[digit] + digits
    return _is_let_in(world, key=ApiKey(forged + digits, known.id))


@keeps_out("key-revoked")
def a_revoked_key_is_let_in(world: World) -> bool:
    key = world.key()
    assert _is_let_in(world, key=key)
    world.node.change_identity({"change": "delete_key", "id": key.id})
    return _is_let_in(world, key=key)


@keeps_out("key-ring")
def a_key_of_another_ring_is_let_in(world: World) -> bool:
    return _is_let_in(world, key=world.key("partner"))


@keeps_out("partner-agreement")
def a_partner_without_an_agreement_is_let_in(world: World) -> bool:
    key = make_key()
    world.node.change_identity(
        {
            "change": "put_key",
            "id": key.id,
            "sha256": key.sha256,
            "ring": "partner",
            "environment": "test",
            "consumer": "nobody",
            "application": "app-1",
        }
    )
    return _is_let_in(world, ring="partner", key=key)


@keeps_out("limit")
def a_caller_has_no_limit(world: World) -> bool:
    key = world.key(plan="tiny")
    return all(_is_let_in(world, key=key) for _ in range(5))


@keeps_out("shared-limit")
def what_other_gateways_took_is_given_again(world: World) -> bool:
    """All of it is taken on the server, as if by others."""
    server, key = RedisServer(), world.key(plan="tiny")
    try:
        world.share_limits(server.port)
        before = _is_let_in(world, key=key)
        for name in server.ask("KEYS", "*:minute").splitlines():
            server.ask("HSET", name, "level", str(3 * 60_000_000))  # of three requests
        return before and _is_let_in(world, key=key)
    finally:
        world.serves(world.publish())
        server.close()


@keeps_out("version-sunset")
def what_has_ended_is_served(world: World) -> bool:
    return _is_let_in(world, target=f"{_INSIDE}/gone")


@keeps_out("version-brownout")
def what_is_away_is_served(world: World) -> bool:
    return _is_let_in(world, target=f"{_INSIDE}/away")


@keeps_out("version-pinned")
def a_pinned_application_is_served_another_version(world: World) -> bool:
    return _is_let_in(world, target="/stock/orders", key=world.key(pins=["stock:v9"]))


def _token_is_let_in(world: World, *fields: tuple[str, str], token: str | None, **connection: Any) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    presented = [("X-Internal-Service-Token", token)] if token is not None else []
    return world.ask(*presented, *fields, ring="internal", **connection).status == 200


@keeps_out("token-expired")
def an_expired_token_is_let_in(world: World) -> bool:
    return _token_is_let_in(world, token=world.node.tokens.issue("billing", lifetime_seconds=-60))


@keeps_out("token-audience")
def a_token_for_others_is_let_in(world: World) -> bool:
    return _token_is_let_in(world, token=world.node.tokens.issue("billing", aud="elsewhere"))


@keeps_out("token-revoked")
def a_revoked_token_is_let_in(world: World) -> bool:
    world.node.change_identity({"change": "revoke_token", "jti": "revoked"})
    return _token_is_let_in(world, token=world.node.tokens.issue("billing", jti="revoked"))


def _access_is_let_in(check: str, header: Json | None = None, ring: str = "public", **claims: Any) -> None:
    PROBES[check] = lambda world: world.access(world.issuer.token(header, **claims), ring=ring)


_access_is_let_in("access-audience", aud="elsewhere")
_access_is_let_in("access-issuer", iss="https://evil.test")
_access_is_let_in("access-type", {"typ": "JWT"})
_access_is_let_in("access-bound", cnf={"jkt": "A" * 43})
_access_is_let_in("access-expired", exp=1)
_access_is_let_in("access-not-yet", nbf=2**40, exp=2**41)
_access_is_let_in("access-mapping", ring="partner", client_id="nobody")
_access_is_let_in("critical-header", {"crit": ["exp"]})


@keeps_out("token-signature")
def a_token_nobody_signed_is_let_in(world: World) -> bool:
    signed, _, _ = world.issuer.token().rpartition(".")
    return world.access(f"{signed}.{'A' * 86}")


@keeps_out("access-algorithm")
def a_token_of_an_unwanted_algorithm_is_let_in(world: World) -> bool:
    return world.access(world.unwanted.token())


@keeps_out("access-key-withdrawn")
def a_token_of_a_withdrawn_key_is_let_in(world: World) -> bool:
    token = world.fetched.token()
    provide_keys(world.node, world.fetched.jwks)
    assert world.becomes(token, 200)
    provide_keys(world.node, {"keys": []})
    return not world.becomes(token, 401)


@keeps_out("access-revoked")
def a_token_of_ours_that_was_revoked_is_let_in(world: World) -> bool:
    client = world.key()
    token = world.own.token(client_id=client.id, jti="revoked-one")
    assert world.access(token)
    world.node.change_identity({"change": "revoke_token", "jti": "revoked-one"})
    return world.access(token)


PROVER, THIEF = Prover(), Prover()


def _proof_is_taken(check: str, header: Json | None = None, prover: Prover = PROVER, **claims: Any) -> None:
    """With a proof that is wrong in one thing."""

    def probe(world: World) -> bool:
        token = world.issuer.token(cnf={"jkt": PROVER.jkt})
        url = f"https://{HOSTS['public']}{ORDERS}"
        fields = prover.presents(token, "GET", url, header=header, **claims)
        return _is_presented(world, *fields)

    PROBES[check] = probe


def _is_presented(world: World, *fields: tuple[str, str]) -> bool:
    world.service.answers(sized(b'{"id":"1"}'))
    return world.ask(*fields, ring="public").status == 200


_proof_is_taken("proof-type", {"typ": "JWT"})
_proof_is_taken("proof-key", prover=THIEF)
_proof_is_taken("proof-method", htm="POST")
_proof_is_taken("proof-url", htu="https://elsewhere.test/")
_proof_is_taken("proof-token", ath="A" * 43)
_proof_is_taken("proof-time", iat=1_000)


@keeps_out("proof-again")
def a_proof_is_taken_twice(world: World) -> bool:
    token = world.issuer.token(cnf={"jkt": PROVER.jkt})
    fields = PROVER.presents(token, "GET", f"https://{HOSTS['public']}{ORDERS}")
    assert _is_presented(world, *fields)
    return _is_presented(world, *fields)


@keeps_out("access-certificate")
def a_token_of_another_certificate_is_let_in(world: World) -> bool:
    token = world.issuer.token(cnf={"x5t#S256": "A" * 43})
    return _is_presented(world, ("Authorization", f"Bearer {token}"))


@keeps_out("access-grant-ended")
def a_token_of_a_grant_that_is_over_is_let_in(world: World) -> bool:
    token = world.own.token(client_id=world.key().id, jti="of-a-grant", grant_id="a-grant")
    assert world.access(token)
    world.node.change_identity({"change": "revoke_token", "jti": "a-grant"})
    return world.access(token)


@keeps_out("access-forwarded")
def the_service_gets_a_token(world: World) -> bool:
    assert world.access(world.issuer.token(), ring="internal")
    return bool(world.service.last.all("authorization"))


@keeps_out("certificate-revoked")
def a_revoked_certificate_is_let_in(world: World) -> bool:
    svid = world.node.svid("billing")
    world.node.change_identity({"change": "revoke_certificate", "serial": svid.serial})
    return _token_is_let_in(world, token=None, certificate=svid)


@keeps_out("different-callers")
def somebody_calls_as_two(world: World) -> bool:
    svid = world.node.svid("shipping")
    return _token_is_let_in(world, token=world.node.tokens.issue("billing"), certificate=svid)


# -- what is loaded -----------------------------------------------------------------------------------------


def _is_served(world: World, **published: Any) -> bool:
    """A revision of these changes; a sound one follows it."""
    try:
        return world.serves(world.publish(**published))
    finally:
        assert world.serves(world.publish())


@keeps_out("signature")
def a_manifest_nobody_trusted_signed_is_served(world: World) -> bool:
    return _is_served(world, signing=Ed25519PrivateKey.generate())


@keeps_out("object-hash")
def an_object_with_other_bytes_is_served(world: World) -> bool:
    def spoil(new: Any) -> None:
        for path in new:
            path.write_bytes(path.read_bytes() + b"\n")

    revision = str(world.node.revision)

    def other(ring: str, content: Json) -> None:
        content["paths"][0]["operations"]["GET"]["response_headers"] = [f"x-{revision}"]

    return _is_served(world, bundle=other, spoil=spoil)


@keeps_out("bundle-of-ring")
def the_public_are_served_as_insiders(world: World) -> bool:
    def change(manifest: Json) -> None:
        rings = manifest["rings"]
        rings["public"]["routes"][0]["api"] = rings["internal"]["routes"][0]["api"]

    return _is_served(world, change=change)


@keeps_out("projection-missing")
def responses_are_served_unread(world: World) -> bool:
    def change(ring: str, content: Json) -> None:
        if ring == "public":
            content["projection"] = None

    return _is_served(world, bundle=change)


@keeps_out("requests-reported")
def requests_are_served_that_are_only_reported(world: World) -> bool:
    def change(ring: str, content: Json) -> None:
        if ring == "public":
            content["validation"]["mode"] = "report"

    return _is_served(world, bundle=change)


@keeps_out("rules-kept-apart")
def a_ring_is_held_to_the_rules_of_another(world: World) -> bool:
    """Of both, to those that were made first: partners may send what the public may not."""

    def takes(ring: str) -> bool:
        world.service.answers(sized(b'{"id":"1"}'))
        return world.call(ring=ring, target=f"{ORDERS}?inner=1").status == 200

    return takes("public") or not takes("partner")

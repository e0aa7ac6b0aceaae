"""People log in through a certified provider, and lose access when it says so."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.rooms.api.people.running import ControlPlane, Loopback
from tests.support.identity_provider.provider import IdentityProvider, Person


def test_a_person_who_logged_in_may_do_what_his_groups_may(there: ControlPlane) -> None:
    with there.as_(there.token_of(Person("alice"))) as alice:
        who = alice.get("/whoami").json()
        assert (who["name"], who["groups"], who["credential"]) == (
            "Alice",
            ["platform-operations"],
            "session",
        )
        order = {"ring": "public", "consumer": "dev", "plan": "free"}
        assert alice.post("/keys", json=order).status_code == 201
    begun, made = there.entries()
    assert (begun["action"], made["action"]) == ("session.begin", "key.create")
    assert begun["actor"] == made["actor"] == who["actor"] == f"person:{who['person']}"
    assert made["credential"] == f"session:{who['session']}"


def test_a_claim_below_another_leads_to_a_group(there: ControlPlane) -> None:
    with there.as_(there.token_of(Person("bob"))) as bob:
        assert bob.get("/whoami").json()["permissions"] == ["read"]
        refused = bob.post("/keys", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
        assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="keys"'


def test_who_is_in_no_group_has_no_session(there: ControlPlane) -> None:
    begun = there.begin()
    page = Person("mallory").logs_in(begun["verification_uri_complete"])
    assert page.status_code == 403 and "no group" in page.text
    assert there.polled(begun)["error"] == "access_denied"
    assert there.actions() == []


def test_the_loopback_way_brings_a_code_that_is_good_once(there: ControlPlane) -> None:
    command = Loopback(there)
    brought = command.brought(Person("alice"))
    assert (brought["state"], brought["iss"]) == (command.state, there.url)
    done = command.exchanged(brought["code"])
    assert there.as_(done.json()["access_token"]).get("/whoami").json()["name"] == "Alice"
    assert done.headers["cache-control"] == "no-store"
    assert command.exchanged(brought["code"]).json()["error"] == "invalid_grant"


def test_the_loopback_way_brings_a_refusal_too(there: ControlPlane) -> None:
    command, mallory, alice = Loopback(there), Person("mallory"), Person("alice")
    outside = mallory.logs_in(command.url())
    assert outside.status_code == 403 and "error=access_denied" in outside.text and "no group" in outside.text
    refused = alice.allows(alice.logs_in(Loopback(there).url()), "refuse")
    assert "error=access_denied" in refused.text and "code=" not in refused.text
    assert there.actions() == []


@pytest.mark.parametrize("other", [{"code_verifier": "x" * 43}, {"redirect_uri": "http://127.0.0.1:8/"}])
def test_a_code_is_of_use_to_the_command_it_is_for_only(there: ControlPlane, other: dict[str, str]) -> None:
    command = Loopback(there)
    code = command.brought(Person("alice"))["code"]
    assert command.exchanged(code, **other).json()["error"] == "invalid_grant"
    assert command.exchanged(code).json()["error"] == "invalid_grant"  # it was used up
    assert there.actions() == []


def at_the_provider(there: ControlPlane, person: Person) -> str:
    """Where the provider sends a browser back to, before it goes there."""
    page = person.opens(there.begin()["verification_uri_complete"])
    answer = person.http.post(
        str(page.url), data={"user_code": _code(page.text)}, headers={"origin": there.url}
    )
    url = answer.text.split("0; url=")[1].split('"')[0].replace("&amp;", "&")
    page = person.opens(url)
    for _ in range(5):
        sent = person.http.post(
            page.text.split('action="')[1].split('"')[0],
            data={
                "prompt": "login" if 'name="login"' in page.text else "consent",
                "login": "alice",
                "password": "x",
            },
        )
        while sent.next_request is not None:
            if sent.next_request.url.path == "/login/callback":
                return str(sent.next_request.url)
            sent = person.http.send(sent.next_request)
        page = sent
    raise AssertionError(page.text)


def _code(text: str) -> str:
    return text.split('name="user_code" value="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("state", "x" * 43),
        ("state", ""),
        ("code", "x" * 43),
        ("code", ""),
        ("iss", "http://127.0.0.1:1"),
        ("iss", None),
    ],
)
def test_an_answer_that_was_tampered_with_logs_nobody_in(
    there: ControlPlane, member: str, value: str | None
) -> None:
    person = Person("alice")
    found = urlsplit(at_the_provider(there, person))
    query = {name: values[0] for name, values in parse_qs(found.query).items()} | {member: value}
    given = {name: each for name, each in query.items() if each is not None}
    refused = person.http.get(there.url + "/login/callback", params=given)
    assert refused.status_code in (403, 503)
    assert person.http.get(there.url + "/login/confirm").status_code == 403
    assert there.actions() == []


def test_an_answer_is_of_use_to_the_browser_that_began_only_and_once(there: ControlPlane) -> None:
    person = Person("alice")
    url = at_the_provider(there, person)
    assert Person("mallory").http.get(url).status_code == 403
    assert person.opens(url).url.path == "/login/confirm"
    assert person.http.get(url).status_code == 403


def test_the_nonce_of_another_login_is_refused(there: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    from ringwork.control.people.provider.client import Provider

    real = Provider.login_url

    def with_another_nonce(self: Provider, **asked: str) -> str:
        return real(self, **asked | {"nonce": "another"})

    monkeypatch.setattr(Provider, "login_url", with_another_nonce)
    page = Person("alice").logs_in(there.begin()["verification_uri_complete"])
    assert page.status_code == 403 and "not of this login" in page.text


def test_the_provider_may_rotate_its_keys_at_any_time(there: ControlPlane, idp: IdentityProvider) -> None:
    first = there.token_of(Person("alice"))
    for _ in range(3):
        idp.rotate()
        there.token_of(Person("alice"))
    there.later(seconds=61)
    assert there.world.people.check_again() == 4
    assert there.as_(first).get("/whoami").status_code == 200


def test_what_is_not_allowed_to_sign_is_not_believed(there: ControlPlane) -> None:
    policy = there.world.policy
    assert policy.provider is not None
    there.world.policy = replace(policy, provider=replace(policy.provider, algorithms=("EdDSA",)))
    page = Person("alice").logs_in(there.begin()["verification_uri_complete"])
    assert page.status_code == 403 and "algorithms" in page.text


def test_who_is_gone_at_the_provider_is_logged_out_at_the_next_check(
    there: ControlPlane, idp: IdentityProvider
) -> None:
    alice, bob = there.token_of(Person("alice")), there.token_of(Person("bob"))
    idp.gone("alice")
    there.later(seconds=59)
    assert there.world.people.check_again() == 0
    there.later(seconds=1)
    assert there.world.people.check_again() == 2
    refused = there.as_(alice).get("/whoami")
    assert (refused.status_code, refused.json()["code"]) == (401, "session-over")
    assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert there.as_(bob).get("/whoami").status_code == 200
    assert there.actions() == ["session.begin", "session.begin", "session.end"]
    there.later(seconds=60)
    assert there.world.people.check_again() == 1  # the refresh token that took the first one's place


def test_groups_are_taken_anew_at_every_check(there: ControlPlane, idp: IdentityProvider) -> None:
    token = there.token_of(Person("alice"))
    idp.person("alice", name="Alice", realm_access={"roles": ["support"]})
    there.later(seconds=60)
    there.world.people.check_again()
    assert there.as_(token).get("/whoami").json()["groups"] == ["support-refunds"]
    assert there.actions() == ["session.begin", "session.regroup"]
    idp.person("alice", name="Alice")
    there.later(seconds=60)
    there.world.people.check_again()
    assert there.as_(token).get("/whoami").status_code == 401
    assert there.actions()[2:] == ["session.end"]


def test_a_group_or_a_mapping_that_is_taken_out_of_the_estate_gives_nothing_at_once(
    there: ControlPlane,
) -> None:
    token, policy = there.token_of(Person("alice")), there.world.policy
    operations, support = policy.groups
    there.world.policy = replace(
        policy, groups=(replace(operations, claims={"groups": ("others",)}), support)
    )
    who = there.as_(token).get("/whoami").json()
    assert who["groups"] == who["permissions"] == []
    assert there.as_(token).get("/status").status_code == 403
    there.world.policy = replace(policy, groups=(replace(operations, permissions=("read",)), support))
    assert there.as_(token).get("/whoami").json()["permissions"] == ["read"]
    there.world.policy = replace(policy, groups=(support,))
    assert there.as_(token).get("/status").status_code == 403


def test_without_an_answer_of_the_provider_a_session_waits_for_one(
    there: ControlPlane, idp: IdentityProvider
) -> None:
    token = there.token_of(Person("alice"))
    secret = there.world.secrets.pop("secret://idp")
    there.later(seconds=119)
    assert there.world.people.check_again() == 1
    assert there.as_(token).get("/whoami").status_code == 200
    there.later(seconds=1)
    refused = there.as_(token).get("/whoami")
    assert (refused.status_code, refused.json()["code"]) == (401, "session-unchecked")
    there.world.secrets["secret://idp"] = secret
    there.world.people.check_again()
    assert there.as_(token).get("/whoami").status_code == 200


def test_where_nothing_ran_for_long_the_provider_is_asked_at_the_next_call(
    there: ControlPlane, idp: IdentityProvider
) -> None:
    alice, bob = there.token_of(Person("alice")), there.token_of(Person("bob"))
    idp.gone("bob")
    there.later(minutes=30)
    assert there.as_(alice).get("/whoami").status_code == 200
    refused = there.as_(bob).get("/whoami")
    assert (refused.status_code, refused.json()["code"]) == (401, "session-over")
    assert there.world.people.check_again() == 0


def test_where_the_provider_gives_no_refresh_token_a_session_ends_when_it_would_be_checked(
    there: ControlPlane,
) -> None:
    policy = there.world.policy
    assert policy.provider is not None
    provider = replace(policy.provider, scopes=("openid", "profile", "groups"), ask_consent=False)
    there.world.policy = replace(policy, provider=provider)
    token = there.token_of(Person("alice"))
    there.later(seconds=59)
    assert there.as_(token).get("/whoami").status_code == 200
    there.later(seconds=1)
    assert there.as_(token).get("/whoami").status_code == 401


def test_who_logs_out_at_the_provider_is_logged_out_here(there: ControlPlane, idp: IdentityProvider) -> None:
    browser, other = Person("alice"), Person("alice")
    ended, stays = there.token_of(browser), there.token_of(other)
    page = browser.opens(idp.issuer + "/session/end")
    browser.sends(page, logout="yes")
    assert (
        there.as_(ended).get("/whoami").json()["detail"] == "this session ended: logged out at the provider"
    )
    assert there.as_(stays).get("/whoami").status_code == 200
    last = there.entries()[-1]
    assert (last["action"], last["actor"], last["through"]) == (
        "session.end",
        "provider",
        "back-channel logout",
    )


def test_what_is_no_logout_token_ends_nothing(there: ControlPlane) -> None:
    token = there.token_of(Person("alice"))
    for given in ("", "x", "a.b.c", token):
        assert there.http.post("/login/backchannel", data={"logout_token": given}).status_code == 400
    assert there.as_(token).get("/whoami").status_code == 200


def test_refresh_tokens_are_sealed_and_gone_with_the_session(there: ControlPlane) -> None:
    token = there.token_of(Person("alice"))
    (session,) = there.world.people.sessions.list(limit=10)
    assert session.refresh is not None
    clear = there.world.people._sealing.opened(session.refresh, session.id)
    assert clear and clear not in there.world.everything_stored()
    assert token not in there.world.everything_stored() and "Alice" not in str(there.entries())
    assert there.world.people._sealing.opened(session.refresh, "another") is None
    there.as_(token).post("/logout")
    (ended,) = there.world.people.sessions.list(limit=10)
    assert ended.refresh is None and ended.ended_because == "logged out"


def test_another_provider_in_the_estate_ends_what_the_one_before_began(there: ControlPlane) -> None:
    token, policy = there.token_of(Person("alice")), there.world.policy
    there.world.policy = replace(policy, provider=None)
    assert there.as_(token).get("/whoami").json()["detail"] == "people log in elsewhere now"


def test_a_person_whose_access_was_ended_here_stays_out_until_it_is_given_back(there: ControlPlane) -> None:
    token = there.token_of(Person("alice"))
    person = there.as_(token).get("/whoami").json()["person"]
    assert there.owner.delete(f"/people/{person}").json()["ended_at"] is not None
    assert there.as_(token).get("/whoami").status_code == 401
    assert "ended" in Person("alice").logs_in(there.begin()["verification_uri_complete"]).text
    assert there.owner.post(f"/people/{person}/restore").status_code == 200
    there.token_of(Person("alice"))
    assert there.actions()[1:] == ["person.end", "session.end", "person.restore", "session.begin"]


def test_while_the_provider_is_away_nobody_logs_in_and_a_reason_is_said(
    there: ControlPlane,
) -> None:
    policy = there.world.policy
    assert policy.provider is not None
    there.world.policy = replace(policy, provider=replace(policy.provider, issuer="http://127.0.0.1:9"))
    page = Person("alice").logs_in(there.begin()["verification_uri_complete"])
    assert page.status_code == 503 and "does not answer" in page.text

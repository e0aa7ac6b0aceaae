"""Where there is no provider, people have accounts: by invitation, with passwords that are kept as hashes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringwork.control.people.passwords import Passwords
from ringwork.intent.people import ProviderIntent
from tests.rooms.api.people.running import ControlPlane, csrf_of
from tests.support.identity_provider.provider import Person

PASSWORD = "long enough, and nobody's"
PROVIDER = ProviderIntent("https://idp.test", "x", None, ("openid",), ("RS256",))


def joined(there: ControlPlane, link: str, name: str, password: str = PASSWORD) -> str:
    """The page after the form of an invitation."""
    person = Person(name, password)
    page = person.opens(link)
    return (
        page.text if "<form" not in page.text else person.sends(page, password=password, again=password).text
    )


def test_the_first_operator_joins_by_a_link_that_is_good_once(here: ControlPlane) -> None:
    first = here.world.people.accounts.open_first()
    assert first is not None
    link = f"{here.url}/join/{first.text}"
    assert "Welcome" in joined(here, link, "alice")
    assert "leads nowhere" in Person("mallory").opens(link).text
    assert here.world.people.accounts.open_first() is None
    with here.as_(here.token_of(Person("alice", PASSWORD))) as alice:
        assert alice.get("/whoami").json()["groups"] == ["platform-operations", "onboarding"]
    assert here.actions() == ["person.join", "session.begin"]


def test_nobody_is_let_in_by_default_and_the_first_link_ends(here: ControlPlane) -> None:
    first = here.world.people.accounts.open_first()
    assert first is not None and here.owner.get("/people").json()["people"] == []
    here.later(hours=1)
    assert "leads nowhere" in Person("alice").opens(f"{here.url}/join/{first.text}").text


def test_a_newer_first_link_voids_the_one_before(here: ControlPlane) -> None:
    before, after = here.world.people.accounts.open_first(), here.world.people.accounts.open_first()
    assert before and after
    assert Person("a").opens(f"{here.url}/join/{before.text}").status_code == 403
    assert Person("a").opens(f"{here.url}/join/{after.text}").status_code == 200


def test_two_who_use_the_first_link_at_once_are_one_operator(here: ControlPlane) -> None:
    first = here.world.people.accounts.open_first()
    assert first is not None
    page = Person("mallory").opens(f"{here.url}/join/{first.text}")
    here.world.people.accounts.join(first.text, "alice", PASSWORD)
    late = Person("mallory", PASSWORD).sends(page, password=PASSWORD, again=PASSWORD)
    assert "leads nowhere" in late.text
    assert [each.name for each in here.world.people.accounts.list(limit=9)] == ["alice"]


def test_who_is_invited_has_the_groups_of_the_invitation(here: ControlPlane) -> None:
    bob = here.account("bob", "support-refunds")
    with here.as_(here.token_of(bob)) as client:
        assert client.get("/whoami").json()["permissions"] == ["read"]
        assert client.get("/people").status_code == 403


def test_nobody_gives_what_he_has_not(here: ControlPlane) -> None:
    carol = here.account("carol", "onboarding")
    with here.as_(here.token_of(carol)) as client:
        refused = client.post("/invitations", json={"name": "dave", "groups": ["platform-operations"]})
        assert (refused.status_code, refused.json()["code"]) == (403, "group-beyond-yours")
        token = {"name": "ci", "groups": ["platform-operations"]}
        assert client.post("/machine-tokens", json=token).json()["code"] == "group-beyond-yours"
        assert client.post("/invitations", json={"name": "dave", "groups": ["onboarding"]}).status_code == 201
        here.account("alice", "platform-operations")
        # An invitation of somebody who is here is another password of his.
        taking = client.post("/invitations", json={"name": "alice", "groups": ["onboarding"]})
        assert taking.json()["code"] == "group-beyond-yours"


@pytest.mark.parametrize("password", ["tiny-words", "alice alice alice", "aaaaaaaaaaaaaaaaaaaa", "x" * 257])
def test_a_password_that_is_guessed_soon_is_not_taken(here: ControlPlane, password: str) -> None:
    page = joined(here, here.invited("alice", "support-refunds"), "alice", password)
    assert 'class="wrong"' in page and password not in page
    assert here.owner.get("/people").json()["people"] == []


def test_an_invitation_can_be_taken_back_and_replaced(here: ControlPlane) -> None:
    link = here.invited("alice", "support-refunds")
    (invitation,) = here.owner.get("/invitations").json()["invitations"]
    assert here.owner.delete(f"/invitations/{invitation['id']}").json()["ended_at"] is not None
    assert "leads nowhere" in joined(here, link, "alice")
    before, after = here.invited("alice", "support-refunds"), here.invited("alice", "support-refunds")
    assert "leads nowhere" in joined(here, before, "alice")
    assert "Welcome" in joined(here, after, "alice")


def test_another_password_ends_the_sessions_of_the_one_before(here: ControlPlane) -> None:
    bob = here.account("bob", "support-refunds")
    token = here.token_of(bob)
    person = here.as_(token).get("/whoami").json()["person"]
    here.account("bob", "support-refunds")
    assert here.as_(token).get("/whoami").status_code == 401
    assert [each["id"] for each in here.owner.get("/people").json()["people"]] == [person]


def test_wrong_name_and_wrong_password_are_one_answer_that_takes_as_long(
    here: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.account("bob", "support-refunds")
    asked: list[str | None] = []
    real = Passwords.fits

    def counted(self: Passwords, stored: str | None, given: str) -> bool:
        asked.append(stored)
        return real(self, stored, given)

    monkeypatch.setattr(Passwords, "fits", counted)
    answers = []
    for name in ("bob", "nobody"):
        person = Person(name, "wrong")
        page = person.sends(person.sends(person.opens(here.begin()["verification_uri_complete"])))
        answers.append((page.status_code, page.text.replace(csrf_of(page), "").replace(name, "")))
    assert answers[0] == answers[1] and answers[0][0] == 403
    assert len(asked) == 2 and asked[0] is not None and asked[1] is None


def test_tries_are_limited_by_name_whether_or_not_there_is_anybody(here: ControlPlane) -> None:
    for name in ("bob", "nobody"):
        person = Person(name, "wrong")
        page = person.sends(person.opens(here.begin()["verification_uri_complete"]))
        codes = [person.sends(page).status_code for _ in range(8)]
        assert codes[0] == 403 and codes[-1] == 429


def test_a_refused_login_is_refused_for_the_command_too(here: ControlPlane) -> None:
    bob, begun = here.account("bob", "support-refunds"), here.begin()
    assert here.polled(begun)["error"] == "authorization_pending"
    assert here.polled(begun)["error"] == "slow_down"
    bob.allows(bob.logs_in(begun["verification_uri_complete"]), "refuse")
    here.later(seconds=30)
    assert here.polled(begun)["error"] == "access_denied"
    assert here.polled(begun)["error"] == "expired_token"


def test_a_login_ends_after_ten_minutes(here: ControlPlane) -> None:
    bob, begun = here.account("bob", "support-refunds"), here.begin()
    page = bob.logs_in(begun["verification_uri_complete"])
    here.later(minutes=10)
    assert bob.sends(page, answer="allow").status_code == 403
    assert here.polled(begun)["error"] == "expired_token"


def test_a_device_code_is_good_for_one_token(here: ControlPlane) -> None:
    bob, begun = here.account("bob", "support-refunds"), here.begin()
    page = bob.allows(bob.logs_in(begun["verification_uri_complete"]))
    assert "You are logged in" in page.text
    assert "access_token" in here.polled(begun)
    assert here.polled(begun)["error"] == "expired_token"


def test_forms_of_other_sites_change_nothing(here: ControlPlane) -> None:
    bob, begun = here.account("bob", "support-refunds"), here.begin()
    page = bob.logs_in(begun["verification_uri_complete"])
    form = {"csrf": csrf_of(page), "answer": "allow"}
    for origin in ({"origin": "https://evil.test"}, {"origin": "null"}, {}):
        assert bob.http.post(here.url + "/login/confirm", data=form, headers=origin).status_code == 403
    own = {"origin": here.url}
    assert (
        bob.http.post(here.url + "/login/confirm", data=form | {"csrf": "x"}, headers=own).status_code == 403
    )
    assert here.polled(begun)["error"] == "authorization_pending"
    assert bob.http.post(here.url + "/login/confirm", data=form, headers=own).status_code == 200


def test_pages_are_kept_to_themselves(here: ControlPlane) -> None:
    for path in ("/login", "/login/style.css", "/login/nothing", "/join/x"):
        headers = here.http.get(path).headers
        assert "script-src" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert (headers["cache-control"], headers["x-frame-options"]) == ("no-store", "DENY")
    cookie = here.http.get("/login/authorize").headers.get("set-cookie")
    assert cookie is None


@pytest.mark.parametrize(
    "receiver",
    [
        "https://evil.test/",
        "http://localhost:1/",
        "http://127.0.0.1/",
        "http://127.0.0.1:1@evil.test/",
        "x",
        "",
    ],
)
def test_a_browser_is_sent_back_to_this_machine_only(here: ControlPlane, receiver: str) -> None:
    from tests.rooms.api.people.running import Loopback

    refused = here.http.get(Loopback(here).url(redirect_uri=receiver))
    assert refused.status_code == 400 and "location" not in refused.headers


def test_a_foreign_host_is_not_served_and_the_states_token_comes_by_its_own_only(here: ControlPlane) -> None:
    assert here.http.get("/login", headers={"host": "evil.test"}).status_code == 421
    here.world.policy = replace(here.world.policy, url="https://ringwork.acme.test")
    elsewhere = {"host": "ringwork.acme.test"}
    assert here.http.get("/login", headers=elsewhere).status_code == 200
    refused = here.owner.get("/status", headers=elsewhere)
    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")
    cookie = here.http.get("/login/authorize", headers=elsewhere)
    assert cookie.status_code == 400


def test_over_https_the_cookie_is_of_this_host_and_secure(here: ControlPlane) -> None:
    from tests.rooms.api.people.running import Loopback

    here.world.policy = replace(here.world.policy, url="https://ringwork.acme.test")
    begun = here.http.get(Loopback(here).url(), headers={"host": "ringwork.acme.test"})
    assert begun.headers["set-cookie"].startswith("__Host-ringwork-login=")
    assert begun.headers["set-cookie"].endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")


def test_accounts_are_of_no_use_where_there_is_a_provider(here: ControlPlane) -> None:
    bob = here.account("bob", "support-refunds")
    token = here.token_of(bob)
    link = here.invited("dave", "support-refunds")
    here.world.policy = replace(here.world.policy, provider=PROVIDER, url=here.url)
    assert here.as_(token).get("/whoami").status_code == 401
    assert here.world.people.accounts.arrived("bob", "x") is None
    assert Person("dave").opens(link).status_code == 409
    assert here.owner.post("/invitations", json={"name": "x", "groups": ["onboarding"]}).status_code == 409
    assert here.world.people.accounts.open_first() is None


def test_a_session_ends_when_its_time_is_over_or_nobody_uses_it(here: ControlPlane) -> None:
    bob = here.account("bob", "support-refunds")
    token, other = here.token_of(bob), here.token_of(bob)
    for _ in range(23):
        here.later(minutes=31)
        assert here.as_(token).get("/whoami").status_code == 200
    assert here.as_(other).get("/whoami").json()["detail"] == "this session was idle for too long"
    here.later(minutes=31)
    assert here.as_(token).get("/whoami").json()["detail"] == "this session has expired"


def test_a_session_that_is_ended_is_refused_at_its_next_call(here: ControlPlane) -> None:
    token = here.token_of(here.account("bob", "support-refunds"))
    (session,) = here.owner.get("/sessions").json()["sessions"]
    assert session["device"] == "laptop"
    ended = here.owner.delete(f"/sessions/{session['id']}")
    assert ended.json()["ended_because"] == "ended by an operator"
    assert here.as_(token).get("/whoami").status_code == 401
    assert here.owner.delete(f"/sessions/{session['id']}").json() == ended.json()
    entry = here.entries()[-1]
    assert (entry["actor"], entry["credential"]) == ("admin-token", "admin-token")
    here.world.people.forget_old()
    here.later(days=31)
    here.world.people.forget_old()
    assert here.owner.get("/sessions").json()["sessions"] == []


def test_a_person_has_a_bounded_number_of_sessions(
    here: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringwork.control.people import sessions

    monkeypatch.setattr(sessions, "MOST_OF_A_PERSON", 1)
    bob = here.account("bob", "support-refunds")
    here.token_of(bob)
    begun = here.begin()
    bob.allows(bob.logs_in(begun["verification_uri_complete"]))
    assert "sessions" in here.polled(begun)["error_description"]


def test_what_nobody_may_read_is_kept_as_a_hash(here: ControlPlane) -> None:
    link = here.invited("alice", "platform-operations")
    joined(here, link, "alice")
    token = here.token_of(Person("alice", PASSWORD))
    stored = here.world.everything_stored() + str(here.entries())
    assert "$argon2id$" in stored
    for secret in (PASSWORD, token, link.rpartition("/")[2]):
        assert secret not in stored


def test_logging_out_ends_ones_own_session_and_no_other(here: ControlPlane) -> None:
    bob = here.account("bob", "support-refunds")
    one, other = here.token_of(bob), here.token_of(bob)
    assert here.as_(one).post("/logout").json()["ended_because"] == "logged out"
    assert here.as_(one).get("/whoami").status_code == 401
    assert here.as_(other).get("/whoami").status_code == 200
    assert here.owner.post("/logout").json()["code"] == "no-session"

"""`kill -9` between any two steps: a client, its token and its assertion are over for store, node and ledger, or for
none of them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ringwork._native import IdentityWriter
from ringwork.control.consumers.applications import ApplicationRequest
from ringwork.control.control import Control
from ringwork.control.model import Revision
from ringwork.control.oauth.authentication import Presented
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.registration import ClientRequest
from ringwork.control.oauth.server import Authenticated, TokenRequest
from ringwork.control.oauth.users.model import User
from ringwork.control.oauth.users.requests import Request
from tests.rooms.control.world import AGREED, NOW
from tests.rooms.fleet.test_killed import killed, opened
from tests.support.oauth import TERMS
from tests.support.users import USER_TERMS, pkce

_STORE = "ringwork.control.store"
LEDGER = [
    ("before", f"{_STORE}.ledger:noted_in"),
    ("after", f"{_STORE}.ledger:noted_in"),
    ("before", f"{_STORE}.ledger:keep_promise"),
]
NODE = [
    ("before", "ringwork.control.native:NativeIdentityNode.apply"),
    ("after", "ringwork.control.native:NativeIdentityNode.apply"),
]
CLIENT = [
    ("before", f"{_STORE}.clients:log_change"),
    ("after", f"{_STORE}.clients:log_change"),
    *LEDGER,
    ("after", f"{_STORE}.clients:SqlClients.change"),
    *NODE,
]
TOKEN = [
    ("before", f"{_STORE}.token_keys:log_change"),
    ("after", f"{_STORE}.token_keys:log_change"),
    *LEDGER,
    ("after", f"{_STORE}.token_keys:SqlTokenRevocations.add"),
    *NODE,
]

_CHANGE = f"{_STORE}.user_grants:SqlUserGrants.change"
ENDING = [
    ("before", f"{_STORE}.user_grants:log_change"),
    ("after", f"{_STORE}.user_grants:log_change"),
    *LEDGER,
    ("after", _CHANGE),
    *NODE,
]


def begun(state: Path, store: str | None) -> str:
    """A client with its token on disk, to be revoked by somebody else; the id."""
    control, _ = opened(state, store)
    agreed = replace(AGREED, authorization=TERMS)
    control.revisions.add(Revision(1, NOW, "c", "m", "estate", agreed))
    account = control.accounts.create("ada")
    application = control.applications.create(ApplicationRequest(account.id, "app", "shows", "free"))
    made = control.clients.create(ClientRequest(application.id))
    (state / "client.json").write_text(json.dumps([made.client.id, made.secret]))
    (state / "token").write_text(_token(control, state))
    control.close()
    return made.client.id


def _asking(control: Control, state: Path) -> Authenticated:
    presented = Presented(*json.loads((state / "client.json").read_text()))
    return control.authorization.authenticated(presented, lambda client: None)


def _token(control: Control, state: Path) -> str:
    asking = _asking(control, state)
    return str(control.authorization.token(asking, TokenRequest("client_credentials"), print)["access_token"])


def revoke_client(state: Path, arm: object) -> None:
    control, _ = opened(state)
    arm()  # type: ignore[operator]
    control.clients.revoke(json.loads((state / "client.json").read_text())[0])


def revoke_token(state: Path, arm: object) -> None:
    control, _ = opened(state)
    asking = _asking(control, state)
    arm()  # type: ignore[operator]
    control.authorization.revoke(asking, (state / "token").read_text())


def allowed(state: Path, store: str | None) -> str:
    """A grant of a user's, with its refresh token on disk; its id."""
    begun(state, store)
    control, _ = opened(state)
    agreed = replace(AGREED, authorization=USER_TERMS)
    control.revisions.add(Revision(2, NOW, "c", "n", "estate", agreed))
    (found,) = control.clients.list(limit=9)
    request = ClientRequest(found.credential.application_id, redirect_uris=("https://a.test/",))
    made = control.clients.create(request)
    (state / "client.json").write_text(json.dumps([made.client.id, made.secret]))
    verifier, challenge = pkce()
    asked = Request(made.client.id, "https://a.test/", False, None, ("orders:read",), (), challenge)
    user = User("0" * 16, "alice", "Alice")
    code = control.authorization.users.grants.allow(asked, made.client, user, USER_TERMS.server)
    told = TokenRequest("authorization_code", code=code, code_verifier=verifier)
    token = control.authorization.token(_asking(control, state), told, print)["refresh_token"]
    (state / "refresh").write_text(str(token))
    (grant,) = control.authorization.users.grants.list(limit=9)
    control.close()
    return grant.id


def _refreshed(control: Control, state: Path) -> str:
    told = TokenRequest("refresh_token", refresh_token=(state / "refresh").read_text())
    return str(control.authorization.token(_asking(control, state), told, print)["refresh_token"])


def end_grant(state: Path, arm: object) -> None:
    control, _ = opened(state)
    (grant,) = control.authorization.users.grants.list(limit=9)
    arm()  # type: ignore[operator]
    control.authorization.users.grants.end(grant.id, "for the test")


def refresh(state: Path, arm: object) -> None:
    control, _ = opened(state)
    arm()  # type: ignore[operator]
    _refreshed(control, state)


def done(control: Control, action: str) -> int:
    with control.ledger.export() as lines:
        return [json.loads(line).get("action") for line in lines].count(action)


@pytest.mark.parametrize(("moment", "place"), CLIENT)
def test_a_client_is_revoked_everywhere_or_nowhere(
    tmp_path: Path, store: str | None, moment: str, place: str
) -> None:
    client_id = begun(tmp_path, store)
    killed(tmp_path, "revoke_client", place, moment, steps=__name__)
    control, node = opened(tmp_path)
    control.node.bring_up_to_date()
    is_over = control.clients.demand(client_id).credential.revoked_at is not None
    assert (IdentityWriter(str(node.identity)).get(client_id) is None) == is_over
    assert done(control, "client.revoke") == is_over
    if is_over:
        with pytest.raises(Declined, match="invalid_client"):
            _asking(control, tmp_path)
    else:
        assert _token(control, tmp_path)
    control.close()


@pytest.mark.parametrize(("moment", "place"), TOKEN)
def test_a_token_is_revoked_everywhere_or_nowhere(
    tmp_path: Path, store: str | None, moment: str, place: str
) -> None:
    begun(tmp_path, store)
    killed(tmp_path, "revoke_token", place, moment, steps=__name__)
    control, _ = opened(tmp_path)
    told = control.authorization.introspected(_asking(control, tmp_path), (tmp_path / "token").read_text())
    assert done(control, "access-token.revoke") == (not told["active"])
    changes = [logged.change for logged in control.changes.after(0, limit=100)]
    assert any(each["change"] == "revoke_token" for each in changes) == (not told["active"])
    control.close()


@pytest.mark.parametrize(("moment", "place"), ENDING)
def test_what_a_user_allowed_ends_everywhere_or_nowhere(
    tmp_path: Path, store: str | None, moment: str, place: str
) -> None:
    grant_id = allowed(tmp_path, store)
    killed(tmp_path, "end_grant", place, moment, steps=__name__)
    control, _ = opened(tmp_path)
    is_over = control.authorization.users.grants.demand(grant_id).ended_at is not None
    assert done(control, "user-grant.end") == is_over
    told = [logged.change for logged in control.changes.after(0, limit=100)]
    assert ({"change": "revoke_token", "jti": grant_id} in told) == is_over
    if is_over:
        with pytest.raises(Declined, match="invalid_grant"):
            _refreshed(control, tmp_path)
    else:
        assert _refreshed(control, tmp_path)
    control.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_client_that_was_not_answered_is_not_locked_out(
    tmp_path: Path, store: str | None, moment: str
) -> None:
    allowed(tmp_path, store)
    killed(tmp_path, "refresh", _CHANGE, moment, steps=__name__)
    control, _ = opened(tmp_path)
    once, twice = _refreshed(control, tmp_path), _refreshed(control, tmp_path)
    assert once == twice != (tmp_path / "refresh").read_text()
    assert done(control, "user-grant.end") == 0
    control.close()

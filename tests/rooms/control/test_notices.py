"""What somebody elsewhere is told: signed as Standard Webhooks has it, once heard never again, given up after a day."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ringwork.control.notices.model import Notice
from ringwork.control.notices.telling import Unheard, signature, signing_key
from ringwork.control.people.model import HERE, Person
from ringwork.control.store.notices import SqlNotices
from ringwork.intent.people import BreakGlass, GrantTerms, GroupIntent, NotifyIntent, PeopleIntent
from tests.rooms.control.world import NOW, World

SECRET = "whsec_" + base64.b64encode(b"nobody else's").decode()
TERMS = GrantTerms(3600, ("onboarding",), break_glass=BreakGlass(("onboarding",), 600))


class Hearer:
    """Answers with `statuses`, one after the other, then 204."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/told"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def hearer() -> Iterator[Hearer]:
    made = Hearer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def world(tmp_path: Path, store: str | None, hearer: Hearer) -> World:
    made = World(tmp_path, store=store)
    made.secrets["secret://approvals"] = SECRET
    groups = (
        GroupIntent("onboarding", "Lets people in.", ("people",)),
        GroupIntent("key-making", "Makes keys.", ("keys",), grants=TERMS),
    )
    made.policy = PeopleIntent(groups, notify=NotifyIntent(hearer.url, "secret://approvals"))
    return made


def bob(world: World) -> Person:
    return Person("b0b0b0b0b0b0", HERE, "bob", "Bob", world.now)


def asks(world: World) -> str:
    grants = world.people.grants
    asked = grants.prepare(bob(world), [], "key-making", timedelta(hours=1), "ticket 4711")
    grants.approvals.keep(asked)
    return asked.id


def test_what_is_signed_is_what_the_standard_signs() -> None:
    """The example of Standard Webhooks 1.0, "Signature scheme"."""
    key = signing_key("whsec_plJ3nmyCDGBKInavdOK15jsl")
    notice = Notice("msg_loFOjxBNrRLzqYUf", "x", NOW, b'{"event_type":"ping","data":{"success":true}}')
    at = NOW.replace(year=2022, month=3, day=14, hour=13, minute=25, second=31)
    signed = f"{notice.id}.{int(at.timestamp())}.".encode() + notice.body
    expected = hmac.new(base64.b64decode("plJ3nmyCDGBKInavdOK15jsl"), signed, hashlib.sha256).digest()
    assert signature(key, notice, at) == f"v1,{base64.b64encode(expected).decode()}"
    assert signing_key("any text") == b"any text"
    with pytest.raises(ValueError, match=r"base64|padding|encoded"):
        signing_key("whsec_no base64")


def test_a_request_is_told_with_who_asks_and_who_decides_and_so_is_what_became_of_it(
    world: World, hearer: Hearer
) -> None:
    from ringwork.control.people.callers import owner

    request = asks(world)
    assert world.people.telling.tell() == 1
    world.people.grants.approvals.decide(request, owner().decider, approves=True, note="seen")
    world.people.grants.end(request, "done")
    assert world.people.telling.tell() == 2 and world.people.telling.tell() == 0
    asked, approved, ended = hearer.bodies()
    assert asked["type"] == "approval.asked" and asked["data"]["by"] == {"id": "b0b0b0b0b0b0", "name": "Bob"}
    assert asked["data"]["groups"] == ["onboarding"] and asked["data"]["reason"] == "ticket 4711"
    assert approved["type"] == "approval.approved" and approved["data"]["decisions"][0]["note"] == "seen"
    assert (ended["type"], ended["data"]["ended_because"]) == ("grant.ended", "done")
    fields, body = hearer.heard[0]
    signed = f"{fields['webhook-id']}.{fields['webhook-timestamp']}.".encode() + body
    expected = hmac.new(b"nobody else's", signed, hashlib.sha256).digest()
    assert fields["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert fields["content-type"] == "application/json"


def test_a_broken_glass_is_told_and_a_refused_one_is_not(world: World, hearer: Hearer) -> None:
    grants = world.people.grants
    asks(world)
    taken = grants.prepare_break_glass(
        bob(world), ["onboarding"], "key-making", timedelta(minutes=5), "incident 12"
    )
    grants.take(taken)
    with pytest.raises(Exception, match="already"):
        grants.take(taken)
    world.people.telling.tell()
    assert [each["type"] for each in hearer.bodies()] == ["approval.asked", "grant.break-glass"]


def test_what_is_not_heard_is_told_again_later_by_the_same_id(world: World, hearer: Hearer) -> None:
    hearer.statuses = [500, 503]
    asks(world)
    for pause in (5, 30):
        with pytest.raises(Unheard, match="answered 50"):
            world.people.telling.tell()
        world.now += timedelta(seconds=pause - 1)
        assert world.people.telling.tell() == 0
        world.now += timedelta(seconds=1)
    assert world.people.telling.tell() == 1
    assert len({fields["webhook-id"] for fields, _ in hearer.heard}) == 1
    assert len({fields["webhook-timestamp"] for fields, _ in hearer.heard}) == 3


def test_after_a_day_it_is_given_up_and_one_that_is_gone_wants_nothing(world: World, hearer: Hearer) -> None:
    asks(world)
    hearer.statuses = [500] * 100
    tries = 0
    for _ in range(100):
        try:
            if world.people.telling.tell() == 0:
                world.now += timedelta(minutes=30)
        except Unheard:
            tries += 1
    assert 25 <= tries <= 32 and world.people.telling.tell() == 0
    hearer.statuses = [410]
    asks(world)
    assert world.people.telling.tell() == 1


def test_nobody_is_told_where_the_estate_names_nobody(world: World, hearer: Hearer) -> None:
    asks(world)
    world.policy = PeopleIntent(world.policy.groups)
    asks(world)
    assert world.people.telling.tell() == 1
    assert hearer.heard == []


@pytest.mark.parametrize("secret", ["whsec_no base64", None])
def test_without_its_secret_nothing_leaves(world: World, hearer: Hearer, secret: str | None) -> None:
    asks(world)
    world.secrets.clear()
    if secret is not None:
        world.secrets["secret://approvals"] = secret
    with pytest.raises(Unheard, match="its secret cannot be used"):
        world.people.telling.tell()
    assert hearer.heard == []


def test_nobody_there_is_said_and_a_receiver_that_sends_elsewhere_is_not_followed(
    world: World, hearer: Hearer
) -> None:
    hearer.statuses = [307]
    asks(world)
    with pytest.raises(Unheard, match="answered 307"):
        world.people.telling.tell()
    hearer.server.shutdown()
    hearer.server.server_close()
    world.now += timedelta(seconds=5)
    with pytest.raises(Unheard, match="no answer"):
        world.people.telling.tell()


def test_a_notice_is_in_the_transaction_of_what_it_tells(world: World) -> None:
    records = SqlNotices(world.database)
    asks(world)
    (due,) = records.due(world.now, limit=10)
    assert (due.tries, due.kind) == (0, "approval.asked")
    assert json.loads(due.body)["timestamp"] == "2026-11-21T09:00:00Z"

"""Every write that a gateway tells of is one entry of the ledger, however often it is told, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ringwork.control.records.records import LOCAL
from ringwork.control.records.views import recorded_write
from ringwork.control.records.words import hashed
from ringwork.control.store import open_store
from ringwork.control.store.tables import record_journals
from ringwork.intent.model import MASKING_KEY
from ringwork.kernel.refusal import Refused
from tests.rooms.control.ledger.test_ledger import Site
from tests.rooms.control.records import batch, told


@pytest.fixture
def site(tmp_path: Path, store: str | None) -> Iterator[Site]:
    opened = Site(tmp_path, store)
    yield opened
    opened.control.close()


def writes(site: Site) -> list[dict[str, Any]]:
    return [each for each in site.entries() if each["action"] == "record.write"]


def test_a_write_is_an_entry_with_all_there_is_to_say(site: Site) -> None:
    assert site.control.records.take(LOCAL, batch(0, 10, told(42))) == 10
    (entry,) = writes(site)
    del entry["seq"]
    assert entry == {
        "format": 1,
        "at": "2026-11-21T09:00:00Z",
        "actor": "service:billing",
        "through": "gateway",
        "action": "record.write",
        "subject": "record:order:42",
        "before": None,
        "after": None,
        "call": {
            "at": "2026-11-21T09:00:00Z",
            "ring": "internal",
            "api": "orders",
            "version": "v2",
            "operation": "placeOrder",
            "request": "00000000-0000-7000-8000-000000000042",
            "outcome": "answered",
            "status": 201,
        },
    }
    assert site.verdict().findings == []


@pytest.mark.parametrize(
    ("caller", "actor", "credential"),
    [
        ({"proof": "api_key", "credential": "k1"}, "application:globex/shop", "key:k1"),
        ({"proof": "access_token", "credential": "c1", "issuer": "ringwork"}, "application:globex/shop", "client:c1"),
        ({"proof": "access_token", "issuer": "login"}, "application:globex/shop", "token:login"),
        ({"proof": "access_token", "issuer": "login", "holder": "9a"}, "application:globex/shop", "token:login/9a"),
        ({"proof": "access_token", "issuer": "idp", "holder": "p1", "is_person": True}, "person:idp/p1", None),
        ({"proof": "service_token"}, "service:globex", None),
    ],
)  # fmt: skip
def test_the_actor_is_who_the_gateway_knew(
    site: Site, caller: dict[str, Any], actor: str, credential: str | None
) -> None:
    who = {"consumer": "globex", "application": "shop"} | caller
    site.control.records.take(LOCAL, batch(0, 1, told(1, caller=who)))
    (entry,) = writes(site)
    assert (entry["actor"], entry.get("credential")) == (actor, credential)


def test_what_is_told_again_is_entered_once(site: Site) -> None:
    records = site.control.records
    first, second = batch(0, 10, told(1), told(2)), batch(10, 20, told(3))
    for each in (first, first, second, first, second):
        records.take(LOCAL, each)
    assert [each["subject"] for each in writes(site)] == [f"record:order:{n}" for n in (1, 2, 3)]
    assert records.take(LOCAL, first) == 20
    assert records.positions(LOCAL, ["1-1", "2-2"]) == {"1-1": 20, "2-2": 0}


def test_what_many_tell_at_once_is_entered_once(site: Site) -> None:
    batches = [batch(0, 10, told(1), told(2))] * 8
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda each: site.control.records.take(LOCAL, each), batches)) == {10}
    assert len(writes(site)) == 2


def test_journals_of_two_gateways_are_read_apart_into_one_history(site: Site) -> None:
    for gateway in (LOCAL, "edge"):
        site.control.records.take(gateway, batch(0, 10, told(7)))
    history = [recorded_write(kept) for kept in site.control.records.history("order", "7", limit=10)]
    assert [each["gateway"] for each in history] == ["edge", None]


def test_a_gateway_does_not_tell_of_rings_it_does_not_serve(site: Site) -> None:
    with pytest.raises(Refused) as refused:
        site.control.records.take("edge", batch(0, 10, told(7)), ["partner", "public"])
    assert refused.value.code == "record-foreign"
    assert writes(site) == []
    assert site.control.records.positions("edge", ["1-1"]) == {"1-1": 0}


def test_a_sensitive_id_is_found_by_itself_and_stands_nowhere(site: Site) -> None:
    records, key = site.control.records, site.control.secrets.value(MASKING_KEY)
    standing = hashed("card", "4111-1111", key).hashed
    records.take(LOCAL, batch(0, 10, told(1, {"hashed": standing}, type="card")))
    assert [each["subject"] for each in writes(site)] == [f"record:card#{standing}"]
    assert len(records.history("card", "4111-1111", limit=10)) == 1
    # Nobody who chooses an id gets into the history of a sensitive one.
    records.take(LOCAL, batch(10, 20, told(2, {"plain": f"#{standing}"}, type="card")))
    records.take(LOCAL, batch(20, 30, told(3, {"plain": str(standing)}, type="card")))
    assert len(records.history("card", "4111-1111", limit=10)) == 1
    assert b"4111" not in b"".join(site.export())


def test_an_unknown_id_says_why(site: Site) -> None:
    site.control.records.take(LOCAL, batch(0, 10, told(1, {"unknown": "too_large"})))
    (entry,) = writes(site)
    assert (entry["subject"], entry["call"]["id_unknown"]) == ("record:order", "too_large")


def test_a_history_is_read_newest_first_a_page_at_a_time(site: Site) -> None:
    site.control.records.take(LOCAL, batch(0, 10, *(told(n, {"plain": "7"}) for n in range(5))))
    first = site.control.records.history("order", "7", limit=3)
    rest = site.control.records.history("order", "7", limit=3, before=first[-1].number)
    numbers = [kept.number for kept in (*first, *rest)]
    assert len(numbers) == 5
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("type", "id"), [("Order", "1"), ("", "1"), ("order", ""), ("order", "a\nb"), ("order", "a" * 201)]
)
def test_what_is_no_record_is_refused(site: Site, type: str, id: str) -> None:
    with pytest.raises(Refused) as refused:
        site.control.records.history(type, id, limit=1)
    assert refused.value.code == "record-malformed"


def test_entries_and_position_are_one_transaction(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError("the machine died")

    monkeypatch.setattr("ringwork.control.store.records.call", broken)
    with pytest.raises(OSError, match="died"):
        site.control.records.take(LOCAL, batch(0, 10, told(1)))
    monkeypatch.undo()
    assert writes(site) == []
    site.control.records.take(LOCAL, batch(0, 10, told(1)))
    assert len(writes(site)) == 1


def test_a_write_the_store_lost_with_its_position_is_taken_again(site: Site) -> None:
    """A backup that was put back: the gateway has it still, and is read from where the store is."""
    site.control.records.take(LOCAL, batch(0, 10, told(1)))
    with open_store(site.control.directory).writing() as connection:
        connection.execute(update(record_journals).values(position=0))
    assert site.control.records.take(LOCAL, batch(10, 20, told(2))) == 0
    assert site.control.records.take(LOCAL, batch(0, 20, told(1), told(2))) == 20
    assert [each["subject"] for each in writes(site)] == [f"record:order:{n}" for n in (1, 1, 2)]


def test_the_time_of_the_call_is_its_own(site: Site) -> None:
    an_hour_ago = 1_795_251_600 - int(timedelta(hours=1).total_seconds())
    site.control.records.take(LOCAL, batch(0, 10, told(1, at_unix_ns=an_hour_ago * 1_000_000_000 + 5)))
    (entry,) = writes(site)
    assert (entry["at"], entry["call"]["at"]) == ("2026-11-21T09:00:00Z", "2026-11-21T08:00:00Z")

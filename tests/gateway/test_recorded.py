"""Writes that are on record: the intent is on disk before anything is forwarded, the outcome follows however the call
ends, and nothing that was refused is there.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pytest

from ringwork.control.records.model import Batch, Told
from ringwork.fleet.journal import JournalReader
from tests.gateway.node import HOSTS, Json, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Held, Received, Reply, Upstream
from tests.gateway.wire import Connection, request
from tests.support.full_disk import Disk, disk
from tests.support.ports import free_port

__all__ = ["disk"]

ORDERS = "/shop/v1/orders"
KEY = "k" * 64


def _recorded(ring: str, content: Json) -> None:
    """POST by what the service says, PUT by the path, PATCH by what the client says, which is sensitive."""
    operation = {"max_body_bytes": 1 << 20}

    def by(place: str, name: str, **more: bool) -> Json:
        return {"type": "order", "in": place, "name": name, **more}

    orders, one = content["paths"][:2]
    orders["operations"]["POST"]["record"] = by("response", "/order/id")
    one["operations"]["PUT"] = {"id": "putOrder", "record": by("path", "id")} | operation
    patched = by("request", "/card", sensitive=True)
    orders["operations"]["PATCH"] = {"id": "patchOrders", "record": patched} | operation
    one["operations"]["DELETE"] = {"id": "endOrder", "record": by("query", "order")} | operation
    content["requires"] = ["record"]


class Ledger:
    """Everything the journals of a node ever told, in its order; each once, as the store takes it."""

    def __init__(self, node: Node) -> None:
        self.told: list[Told] = []
        self._positions: dict[str, int] = {}
        self._node = node

    def read(self) -> list[Told]:
        journal = self._node.root / "journal"
        JournalReader(journal, gateway="", positions=self._known, take=self._take).read_on()
        return self.told

    def _known(self, runs: Collection[str]) -> Mapping[str, int]:
        return {run: self._positions.get(run, 0) for run in runs}

    def _take(self, batch: Batch) -> int:
        if batch.begin == self._positions.get(batch.run, 0):
            self.told += batch.told
            self._positions[batch.run] = batch.end
        return self._positions.get(batch.run, 0)

    def soon(self, number: int) -> list[Told]:
        wait_for(lambda: len(self.read()) >= number, lambda: str(self.told))
        return self.told


def lines(node: Node) -> list[Json]:
    """What is in the journal as it lies there."""
    found = sorted((node.root / "journal").glob("*/*.log"))
    texts = (line for path in found for line in path.read_bytes().split(b"\n") if line)
    return [json.loads(line[9:]) for line in texts]


@pytest.fixture
def recorded(node: Node, launch: Callable[..., Gateway]) -> Gateway:
    node.publish(bundle=_recorded)
    return launch()


def write(
    node: Node, *, method: str = "POST", target: str = ORDERS, body: bytes = b"{}", ring: str = "internal"
) -> int:
    fields = credentials_for(node, ring), ("Content-Type", "application/json")
    return call(node, ring, *fields, method=method, target=target, body=body).status


def test_the_intent_is_on_disk_before_the_service_hears_of_it(
    node: Node, recorded: Gateway, upstream: Upstream
) -> None:
    seen: list[list[Json]] = []

    def answered(_: Received) -> Reply:
        seen.append(lines(node))
        return Reply(201, b'{"order":{"id":"42"}}')

    upstream.reply = answered
    assert write(node) == 201
    ((intent,),) = seen
    assert intent["kind"] == "intent"
    (told,) = Ledger(node).soon(1)
    assert (told.outcome, told.status, told.write.id.plain) == ("answered", 201, "42")
    assert told.write.call == upstream.last.header("x-ringwork-request-id") == intent["write"]["call"]
    assert (told.write.ring, told.write.api, told.write.version) == ("internal", "orders", "v1")
    assert (told.write.caller.proof, told.write.caller.consumer) == ("service_token", "billing")


def test_ids_are_read_off_path_query_and_bodies(node: Node, recorded: Gateway, upstream: Upstream) -> None:
    node.provide_secrets({"state://masking-key": KEY})
    time.sleep(1.5)  # secrets are looked for each second
    upstream.reply = lambda _: Reply(200, b'{"order":{"id":7}}')
    write(node)
    write(node, method="PUT", target=f"{ORDERS}/a%20b")
    write(node, method="DELETE", target=f"{ORDERS}/1?order=9", body=b"")
    write(node, method="PATCH", body=b'{"card":"4111"}')
    told = Ledger(node).soon(4)
    assert [one.write.id.plain for one in told] == ["7", "a b", "9", None]
    digest = hmac.new(KEY.encode(), b"record\norder\n4111", hashlib.sha256).hexdigest()[:32]
    assert told[3].write.id.hashed == digest
    assert b"4111" not in b"".join(path.read_bytes() for path in (node.root / "journal").glob("*/*.log"))


@pytest.mark.parametrize(
    ("reply", "unknown"),
    [
        (Reply(201, b"{}"), "not_there"),
        (Reply(201, b'{"order":{"id":1,"id":2}}'), "not_json"),
        (Reply(201, b'{"order":{"id":"' + b"x" * 300_000 + b'"}}'), "too_large"),
        (Reply(201, b"\x1f\x8b", [("Content-Encoding", "gzip")]), "encoded"),
        (Reply(500, b'{"order":{"id":"problem-7"}}'), "not_read"),
    ],
)
def test_an_id_that_cannot_be_read_is_unknown_and_says_why(
    node: Node, recorded: Gateway, upstream: Upstream, reply: Reply, unknown: str
) -> None:
    upstream.reply = lambda _: reply
    write(node)
    (told,) = Ledger(node).soon(1)
    assert (told.status, told.write.id.unknown) == (reply.status, unknown)


def test_what_is_refused_or_changes_nothing_is_not_there(
    node: Node, recorded: Gateway, upstream: Upstream
) -> None:
    assert call(node, "internal", method="POST", target=ORDERS, body=b"{}").status == 401
    assert write(node, body=b"x" * ((1 << 20) + 1)) == 413
    assert call(node, "internal", credentials_for(node, "internal"), target=ORDERS).status == 200
    assert not (node.root / "journal").exists()
    assert len(upstream.received) == 1


def test_a_service_that_is_not_reached_was_not_written_to(node: Node, launch: Callable[..., Gateway]) -> None:
    node.upstream_port = free_port()
    node.publish(bundle=_recorded)
    launch()
    assert write(node) == 502
    wait_for(lambda: len(lines(node)) == 2, lambda: str(lines(node)))
    assert [line["kind"] for line in lines(node)] == ["intent", "void"]
    assert Ledger(node).read() == []


def test_a_service_that_breaks_off_may_have_acted(node: Node, recorded: Gateway, upstream: Upstream) -> None:
    held = Held(Reply(201))
    upstream.reply = held
    with Connection(node, "internal") as connection:
        sent = request("PUT", f"{ORDERS}/7", HOSTS["internal"], credentials_for(node, "internal"), body=b"")
        connection.send(sent)
        assert held.arrived.wait(20)
    (told,) = Ledger(node).soon(1)
    held.leave.set()
    assert (told.outcome, told.status, told.write.id.plain) == ("unknown", None, "7")


def test_every_ring_writes_into_the_same_history(node: Node, recorded: Gateway, upstream: Upstream) -> None:
    node.publish(
        bundle=lambda ring, content: _recorded(ring, content) if ring == "internal" else _outer(content)
    )
    recorded.serves_revision(node.revision)
    for ring in ("internal", "partner", "public"):
        assert write(node, method="PUT", target=f"{ORDERS}/7", ring=ring) == 200
    told = Ledger(node).soon(3)
    assert {(one.write.ring, one.write.id.plain) for one in told} == {
        ("internal", "7"), ("partner", "7"), ("public", "7"),
    }  # fmt: skip
    assert {one.write.caller.proof for one in told} == {"service_token", "api_key"}


def _outer(content: Json) -> None:
    record = {"type": "order", "in": "path", "name": "id"}
    put = {"id": "putOrder", "record": record, "max_body_bytes": 1000}
    content["paths"][1]["operations"]["PUT"] = put


def test_a_full_journal_refuses_and_goes_on_once_it_was_read(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    node.publish(bundle=_recorded)
    launch("--journal-max-bytes", "3000")
    ledger, statuses = Ledger(node), [write(node) for _ in range(12)]
    refused = statuses.index(503)
    assert statuses[:refused] == [200] * refused
    assert set(statuses[refused:]) == {503}
    assert len(upstream.received) == refused
    assert len(ledger.soon(refused)) == refused


def test_on_a_full_disk_nothing_goes_out_and_it_heals(
    disk: Disk, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(disk.folder / "node", upstream.port)
    node.publish(bundle=_recorded)
    node.change_identity()
    gateway = Gateway(node).start()
    try:
        ledger = Ledger(node)
        assert write(node) == 200
        held = Held(Reply(201, b'{"order":{"id":"5"}}'))
        upstream.reply = held
        late = threading.Thread(target=lambda: write(node))
        late.start()
        assert held.arrived.wait(20)
        disk.fill()
        held.leave.set()
        late.join()
        upstream.reply = lambda _: Reply()
        received = len(upstream.received)
        # The last block of the journal may have room yet.
        statuses = [write(node) for _ in range(20)]
        assert statuses[-1] == 503
        assert len(upstream.received) - received == statuses.count(200)
        disk.free()
        wait_for(lambda: write(node) == 200, gateway.own_log)
        told = ledger.soon(len(upstream.received))
        assert calls(told) == received_calls(upstream)
        assert all(one.outcome == "answered" for one in told)
    finally:
        disk.fill()
        disk.free()
        gateway.stop()


def calls(told: list[Told]) -> list[str]:
    return sorted(one.write.call for one in told)


def received_calls(upstream: Upstream) -> list[str]:
    return sorted({str(one.header("x-ringwork-request-id")) for one in upstream.received})


@pytest.fixture
def writers(node: Node) -> Iterator[Callable[[int], Callable[[], None]]]:
    """Starts threads that write until told to stop; a gateway that is away is no trouble."""
    stop, threads = threading.Event(), list[threading.Thread]()

    def run(number: int) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError, AssertionError, ValueError):
                write(node, method="PUT", target=f"{ORDERS}/{number}")

    def start(count: int) -> Callable[[], None]:
        threads.extend(threading.Thread(target=run, args=(number,)) for number in range(count))
        for thread in threads:
            thread.start()
        return end

    def end() -> None:
        stop.set()
        for thread in threads:
            thread.join()

    yield start
    end()


def test_killed_at_any_moment_every_write_the_service_saw_is_there_once(
    node: Node,
    launch: Callable[..., Gateway],
    upstream: Upstream,
    writers: Callable[[int], Callable[[], None]],
) -> None:
    chance, ledger = random.Random(20261122), Ledger(node)
    node.publish(bundle=_recorded)
    gateway = launch()
    stop = writers(4)
    for _ in range(8):
        time.sleep(chance.uniform(0.05, 0.6))
        ledger.read()
        gateway.kill()
        gateway = launch()
    time.sleep(0.5)
    gateway.terminate()
    assert gateway.exit_code() == 0
    gateway = launch()
    stop()
    seen = received_calls(upstream)
    wait_for(lambda: {*calls(ledger.read())} >= {*seen}, lambda: f"{len(ledger.told)} of {len(seen)}")
    told = calls(ledger.told)
    assert len(told) == len({*told}), "one call, one outcome"
    unknown = {one.write.call for one in ledger.told if one.outcome == "unknown"}
    # What was intended and never arrived may be among those of which nobody knows.
    assert {*told} - {*seen} <= unknown
    assert len(seen) > 50
    wait_for(lambda: len(list((node.root / "journal").iterdir())) <= 1, lambda: "runs are not taken away")


def test_who_takes_over_leaves_the_run_of_who_drains_alone(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    node.publish(bundle=_recorded)
    old = launch()
    held = Held(Reply(201, b'{"order":{"id":"5"}}'))
    upstream.reply = held
    late = threading.Thread(target=lambda: write(node))
    late.start()
    assert held.arrived.wait(20)
    launch("--take-over")
    old.terminate()
    time.sleep(3)  # it is looked for runs that nobody lives for
    held.leave.set()
    late.join()
    assert old.exit_code() == 0
    (told,) = Ledger(node).soon(1)
    assert (told.outcome, told.status) == ("answered", 201)


def test_a_line_that_was_torn_is_nothing(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    node.publish(bundle=_recorded)
    gateway = launch()
    write(node)
    ledger = Ledger(node)
    ledger.soon(1)
    gateway.kill()
    (segment,) = (node.root / "journal").glob("*/*.log")
    whole = segment.read_bytes()
    with segment.open("ab") as file:
        file.write(whole[: len(whole) // 3])
    launch()
    write(node)
    assert len(ledger.soon(2)) == 2
    assert len({*calls(ledger.told)}) == 2


def test_the_journal_is_its_owners(node: Node, recorded: Gateway) -> None:
    write(node)
    modes: dict[str, Any] = {
        path.name: path.stat().st_mode & 0o777 for path in (node.root / "journal").rglob("*")
    }
    assert set(modes.values()) <= {0o600, 0o700}, modes
    assert (node.root / "journal").stat().st_mode & 0o777 == 0o700

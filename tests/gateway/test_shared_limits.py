"""Three gateways, one limit: together what one would allow, within 2 %; each its share while the others are away."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.certificates import TestAuthority
from tests.gateway.credentials import ApiKey
from tests.gateway.node import HOSTS, Json, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request
from tests.support.metrics import scrape
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer

GATEWAYS = 3
PATIENCE_SECONDS = 0.05
LIMITS: dict[str, Json] = {
    "exact": {"per_minute": 1, "burst": 20},
    "m60": {"per_minute": 60, "burst": 60},
    "m600": {"per_minute": 600, "burst": 600},
    "m6000": {"per_minute": 6_000, "burst": 6_000},
    "daily": {"per_minute": 600_000, "burst": 600_000, "per_day": 1_000},
    "share": {"per_minute": 1, "burst": 90},
}


def shared(server: RedisServer, **different: object) -> Json:
    setting: Json = {"host": "127.0.0.1", "port": server.port, "tls": False, "database": 0}
    return setting | {"gateways": GATEWAYS, "username": None, "password": None, "ca": None} | different


class Fleet:
    """Gateways on nodes of their own with the same keys, plans and server."""

    def __init__(self, root: Path, upstream: Upstream, setting: Json) -> None:
        self.nodes = [Node(root / f"node-{number}", upstream.port) for number in range(GATEWAYS)]
        self.setting = setting
        for node in self.nodes:
            node.change_identity()
            self.publish(node)
        self.gateways = [Gateway(node) for node in self.nodes]

    def publish(self, node: Node, setting: Json | None = None, observability: Json | None = None) -> int:
        def change(manifest: Json) -> None:
            manifest["shared_limits"] = setting or self.setting
            manifest["observability"] = observability or {}
            plans = {name: {"limit": limit} for name, limit in LIMITS.items()}
            agreements = {"format": 1, "plans": plans, "partners": {}}
            for ring in manifest["rings"].values():
                ring["agreements"] = node.put(agreements)

        return node.publish(change=change)

    def key(self, plan: str) -> ApiKey:
        key = self.nodes[0].key("public", plan=plan)
        for node in self.nodes[1:]:
            node.key("public", plan=plan, id=key.id, sha256=key.sha256)
        return key

    def start(self) -> Fleet:
        for gateway in self.gateways:
            gateway.start()
        return self

    def stop(self) -> None:
        for gateway in self.gateways:
            gateway.stop()

    def is_shared(self, available: bool = True) -> None:
        for node in self.nodes:
            wait_for(lambda: said(node)["available"] is available, lambda: str(said(node)))  # noqa: B023


def said(node: Node) -> Json:
    found: Json = node.status()["shared_limits"]
    return found


@pytest.fixture
def server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def fleet(tmp_path: Path, upstream: Upstream, server: RedisServer) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path, upstream, shared(server))
    try:
        fleet.start()
        fleet.is_shared()
        yield fleet
    finally:
        fleet.stop()


class Flood:
    """Calls of one key on all gateways, on kept connections, until it is left; `answered`: statuses by gateway.

    `late`: answers that took so long that the gateway may have decided by its share, on a machine that is busy.
    """

    def __init__(self, nodes: list[Node], key: ApiKey, most: int, connections: int = 2) -> None:
        self._ask = request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key.text))
        self._most, self._stopping = most, threading.Event()
        self.answered: list[Counter[int]] = [Counter() for _ in nodes]
        self.slowest = 0.0
        self.late = 0
        self.broken: list[str] = []
        self._opened = [(number, Connection(node, "public")) for number, node in enumerate(nodes)] * 1
        for _ in range(connections - 1):
            self._opened += [(number, Connection(node, "public")) for number, node in enumerate(nodes)]
        self._threads = [threading.Thread(target=self._call, args=opened) for opened in self._opened]

    def __enter__(self) -> Flood:
        self.since = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping.set()
        self.join()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self.since

    def _call(self, number: int, connection: Connection) -> None:
        try:
            for _ in range(self._most):
                if self._stopping.is_set():
                    break
                began = time.monotonic()
                self.answered[number][connection.exchange(self._ask).status] += 1
                took = time.monotonic() - began
                self.slowest = max(self.slowest, took)
                self.late += took > PATIENCE_SECONDS
        except (OSError, ValueError, IndexError) as error:
            self.broken.append(repr(error))
        connection.close()

    @property
    def passed(self) -> int:
        return sum(answers[200] for answers in self.answered)

    def of(self, number: int) -> int:
        return self.answered[number][200]

    def is_answered(self) -> bool:
        """With nothing but what was asked for, or a refusal."""
        return not self.broken and all(set(answers) <= {200, 429} for answers in self.answered)


def flooded(fleet: Fleet, key: ApiKey, most: int, connections: int = 2) -> Flood:
    flood = Flood(fleet.nodes, key, most, connections)
    with flood:
        flood.join()
    assert flood.is_answered(), (flood.broken, flood.answered)
    return flood


@pytest.mark.parametrize("plan", ["m60", "m600", "m6000"])
def test_three_gateways_allow_a_limit_once(fleet: Fleet, plan: str) -> None:
    limit = LIMITS[plan]
    flood = flooded(fleet, fleet.key(plan), most=limit["burst"] // 4 + 20)
    allowed = limit["burst"] + flood.seconds * limit["per_minute"] / 60
    assert flood.passed <= allowed + flood.late
    if any(answers[429] for answers in flood.answered):
        # Of the time after the last call nobody could use anything.
        assert flood.passed >= 0.98 * (limit["burst"] + (flood.seconds - 0.5) * limit["per_minute"] / 60) - 1
    else:
        assert flood.passed == sum(sum(answers.values()) for answers in flood.answered)


def test_a_small_limit_is_exact(fleet: Fleet) -> None:
    flood = flooded(fleet, fleet.key("exact"), most=15, connections=4)
    burst = LIMITS["exact"]["burst"]
    assert burst <= flood.passed <= burst + flood.seconds / 60 + flood.late


def test_three_gateways_allow_a_day_once(fleet: Fleet) -> None:
    flood = flooded(fleet, fleet.key("daily"), most=220)
    assert 980 <= flood.passed <= 1_000 + flood.late


def test_answers_say_what_all_gateways_have_left(fleet: Fleet) -> None:
    key = fleet.key("exact")
    left = [call(node, "public", ("X-Api-Key", key.text)).header("ratelimit") for node in fleet.nodes * 2]
    assert [str(value).split(";t=")[0] for value in left] == [f'"minute";r={n}' for n in range(19, 13, -1)]


def test_while_the_server_is_away_each_gateway_has_its_share(fleet: Fleet, server: RedisServer) -> None:
    server.kill()
    fleet.is_shared(available=False)
    flood = flooded(fleet, fleet.key("share"), most=60)
    assert [flood.of(number) for number in range(GATEWAYS)] == [30, 30, 30]


def test_a_server_that_dies_under_load_stops_nobody(fleet: Fleet, server: RedisServer) -> None:
    with Flood(fleet.nodes, fleet.key("m6000"), most=100_000) as flood:
        time.sleep(0.5)
        server.kill()
        fleet.is_shared(available=False)
        before = [flood.of(number) for number in range(GATEWAYS)]
        time.sleep(2)
    assert flood.is_answered(), (flood.broken, flood.answered)
    assert all(flood.of(number) > before[number] + 20 for number in range(GATEWAYS))


def test_a_server_that_comes_back_empty_is_told_what_was_taken(fleet: Fleet, server: RedisServer) -> None:
    key, exact = fleet.key("daily"), fleet.key("exact")
    assert flooded(fleet, key, most=100).passed == 600
    assert flooded(fleet, exact, most=2, connections=1).passed == 6
    server.kill()
    fleet.is_shared(available=False)
    server.start()
    fleet.is_shared()
    flood = flooded(fleet, key, most=150)
    assert 370 <= flood.passed <= 400 + flood.late, flood.answered
    flood = flooded(fleet, exact, most=15, connections=1)
    assert flood.passed <= 14 + 1 + flood.late


def test_what_was_taken_apart_counts_afterwards(fleet: Fleet, server: RedisServer) -> None:
    key = fleet.key("share")
    server.kill()
    fleet.is_shared(available=False)
    assert flooded(fleet, key, most=60).passed == 90
    server.start()
    fleet.is_shared()
    assert flooded(fleet, key, most=20).passed <= 3


def test_a_server_that_is_silent_makes_nobody_wait_long(fleet: Fleet, server: RedisServer) -> None:
    key = fleet.key("m600")
    call(fleet.nodes[0], "public", ("X-Api-Key", key.text))
    server.pause()
    flood = flooded(fleet, key, most=150)
    assert 195 * GATEWAYS <= flood.passed <= 660
    assert flood.slowest < 1
    server.resume()
    fleet.is_shared()


def test_a_server_that_forgets_everything_is_told(fleet: Fleet, server: RedisServer) -> None:
    key = fleet.key("daily")
    assert flooded(fleet, key, most=100).passed == 600
    server.ask("FLUSHALL")
    assert server.ask("GET", "ringwork:acme:test:memory") == ""
    wait_for(lambda: server.ask("GET", "ringwork:acme:test:memory") != "", lambda: "nobody noticed")
    fleet.is_shared()
    time.sleep(1.5)  # each of them looks once a second
    fleet.is_shared()
    flood = flooded(fleet, key, most=150)
    assert 370 <= flood.passed <= 400 + flood.late


def test_what_one_gateway_took_is_told_to_a_server_that_forgot(fleet: Fleet, server: RedisServer) -> None:
    key = fleet.key("share")
    assert sum(_asked(fleet.nodes[0], key) == 200 for _ in range(90)) == 90
    server.kill()
    fleet.is_shared(available=False)
    server.start()
    fleet.is_shared()
    flood = flooded(fleet, key, most=10)
    assert flood.passed <= 2 + flood.late


def _asked(node: Node, key: ApiKey) -> int:
    return call(node, "public", ("X-Api-Key", key.text)).status


@pytest.mark.parametrize(
    ("broken", "problem", "mended"),
    [
        (("CONFIG SET maxmemory 1",), "oom", ("CONFIG SET maxmemory 0",)),
        (("REPLICAOF 127.0.0.1 1",), "readonly", ("REPLICAOF NO ONE",)),
        (("SCRIPT FLUSH",), "noscript", ()),
        (
            ("CONFIG SET requirepass other", "-a other CLIENT KILL TYPE normal"),
            "noauth",
            ("-a other CONFIG SET requirepass ",),
        ),
    ],
)
def test_a_server_that_answers_errors_stops_nobody_and_is_used_again(
    fleet: Fleet, server: RedisServer, broken: tuple[str, ...], problem: str, mended: tuple[str, ...]
) -> None:
    with Flood(fleet.nodes, fleet.key("m6000"), most=100_000) as flood:
        for command in broken:
            server.ask(*command.split(" "))
        for gateway in fleet.gateways:
            wait_for(lambda: problem in gateway.own_log().lower(), gateway.own_log)  # noqa: B023
        for command in mended:
            server.ask(*command.split(" "))
        time.sleep(1.5)  # each of them looks once a second
        fleet.is_shared()
    assert flood.is_answered(), (flood.broken, flood.answered)
    assert all(flood.of(number) for number in range(GATEWAYS)) and flood.slowest < 1


def test_keys_that_hold_something_else_are_nobodys_trouble(fleet: Fleet, server: RedisServer) -> None:
    key, other = fleet.key("exact"), fleet.key("daily")
    assert (_asked(fleet.nodes[0], key), _asked(fleet.nodes[0], other)) == (200, 200)
    for name in server.ask("KEYS", "*").splitlines():
        server.ask("SET", name, "no number")
    wait_for(lambda: server.ask("TYPE", "ringwork:acme:test:gateways") == "zset", lambda: "still a string")
    fleet.is_shared()
    time.sleep(1.5)  # each of them looks once a second
    fleet.is_shared()
    flood = flooded(fleet, key, most=15, connections=1)
    assert 19 <= flood.passed <= 20 + flood.late
    flood = flooded(fleet, other, most=220)
    assert 970 <= flood.passed <= 1_000 + flood.late


def test_a_server_that_forgot_is_told_the_day_of_a_gateway_that_is_gone(
    fleet: Fleet, server: RedisServer
) -> None:
    key = fleet.key("daily")
    # The others hear what it took: they ask last.
    for nodes in (fleet.nodes[:1], fleet.nodes[1:]):
        with Flood(nodes, key, most=100) as flood:
            flood.join()
        assert flood.passed == 200 * len(nodes), (flood.broken, flood.answered)
    fleet.gateways[0].kill()
    server.kill()
    server.start()
    for gateway in fleet.gateways[1:]:
        wait_for(lambda: _times_shared(gateway) == 2, gateway.own_log)  # noqa: B023
    flood = Flood(fleet.nodes[1:], key, most=250)
    with flood:
        flood.join()
    assert flood.is_answered() and 370 <= flood.passed <= 400 + flood.late


def _times_shared(gateway: Gateway) -> int:
    return gateway.own_log().count("limits are shared on")


def test_a_gateway_that_stood_still_while_the_server_was_replaced_counts_with_the_others(
    fleet: Fleet, server: RedisServer
) -> None:
    key, still = fleet.key("daily"), fleet.gateways[0]
    assert flooded(fleet, key, most=100).passed == 600
    os.kill(still.pid, signal.SIGSTOP)
    server.kill()
    server.start()
    for gateway in fleet.gateways[1:]:
        wait_for(lambda: _times_shared(gateway) == 2, gateway.own_log)  # noqa: B023
    assert sum(_asked(fleet.nodes[1], key) == 200 for _ in range(50)) == 50
    os.kill(still.pid, signal.SIGCONT)
    wait_for(lambda: _times_shared(still) == 2, still.own_log)
    flood = flooded(fleet, key, most=150)
    assert 320 <= flood.passed <= 350 + flood.late


def test_a_gateway_that_is_restarted_goes_on(fleet: Fleet) -> None:
    key = fleet.key("daily")
    # The others hear what it took: they ask last.
    for nodes in (fleet.nodes[:1], fleet.nodes[1:]):
        with Flood(nodes, key, most=100) as flood:
            flood.join()
        assert flood.passed == 200 * len(nodes), (flood.broken, flood.answered)
    fleet.gateways[0].kill()
    fleet.gateways[0].start()
    fleet.is_shared()
    flood = flooded(fleet, key, most=150)
    assert 370 <= flood.passed <= 400 + flood.late


def test_gateways_are_counted_and_too_many_are_said(fleet: Fleet, server: RedisServer) -> None:
    wait_for(lambda: said(fleet.nodes[0])["gateways_seen"] == GATEWAYS, lambda: str(said(fleet.nodes[0])))
    node = fleet.nodes[0]
    fleet.publish(node, shared(server, gateways=2))
    wait_for(lambda: "correct `gateways`" in fleet.gateways[0].own_log(), fleet.gateways[0].own_log)


def test_limits_are_shared_and_own_again_as_the_revision_says(fleet: Fleet, upstream: Upstream) -> None:
    node = fleet.nodes[0]
    node.publish()
    wait_for(lambda: "shared_limits" not in node.status(), lambda: str(node.status()))
    fleet.gateways[0].serves_revision(fleet.publish(node))
    wait_for(lambda: said(node)["available"], lambda: str(said(node)))


def test_metrics_say_whether_limits_are_shared_and_who_had_to_ask(fleet: Fleet, server: RedisServer) -> None:
    node, port = fleet.nodes[0], free_port()
    metrics: Json = {"metrics": {"listen": f"127.0.0.1:{port}", "max_series": 1_000}}
    fleet.gateways[0].serves_revision(fleet.publish(node, observability=metrics))
    wait_for(lambda: said(node)["gateways_seen"] == GATEWAYS, lambda: str(said(node)))
    key = fleet.key("exact")
    for _ in range(3):
        call(node, "public", ("X-Api-Key", key.text))
    found = scrape(f"http://127.0.0.1:{port}/metrics")
    assert found.sum("ringwork_shared_limits_available") == 1
    assert found.sum("ringwork_shared_limits_gateways") == GATEWAYS
    assert found.sum("ringwork_shared_limits_asked_total") == 3
    assert found.sum("ringwork_shared_limits_unanswered_total") == 0
    assert found.sum("ringwork_shared_limits_answer_seconds_count") == 3
    server.kill()
    fleet.is_shared(available=False)
    found = scrape(f"http://127.0.0.1:{port}/metrics")
    assert found.sum("ringwork_shared_limits_available") == 0


def test_nobody_is_named_and_nothing_stays_on_the_server(fleet: Fleet, server: RedisServer) -> None:
    key = fleet.key("daily")
    flooded(fleet, key, most=5)
    names = server.ask("KEYS", "*").splitlines()
    assert len(names) == 4 and all(name.startswith("ringwork:acme:test:") for name in names), names
    held = " ".join([*names, *(server.ask("HGETALL", name) for name in names if "{" in name)])
    assert key.id not in held and "dev-1" not in held
    assert all(int(server.ask("TTL", name)) > 0 for name in names if not name.endswith(":memory"))


def test_a_password_is_asked_for_by_reference(tmp_path: Path, upstream: Upstream) -> None:
    server = RedisServer("--requirepass", "never-to-be-seen")
    fleet = Fleet(tmp_path, upstream, shared(server, password="secret://limits", secrets=["secret://limits"]))
    try:
        fleet.start()
        node = fleet.nodes[0]
        assert said(node)["available"] is False
        problem = "secret://limits has no value on this node"
        wait_for(lambda: said(node)["problem"] == problem, lambda: str(said(node)))
        for one in fleet.nodes:
            one.provide_secrets({"secret://limits": "wrong-and-secret"})
        wait_for(lambda: problem not in str(said(node)["problem"]), lambda: str(said(node)))
        for one in fleet.nodes:
            one.provide_secrets({"secret://limits": "never-to-be-seen"})
        fleet.is_shared()
        written = json.dumps(said(node)) + fleet.gateways[0].own_log()
        assert "never-to-be-seen" not in written and "wrong-and-secret" not in written
    finally:
        fleet.stop()
        server.close()


def test_the_account_of_the_guide_may_do_what_is_needed(tmp_path: Path, upstream: Upstream) -> None:
    guide = (Path(__file__).parents[2] / "docs/limits.md").read_text()
    [line] = [line for line in guide.splitlines() if line.startswith("ACL SETUSER")]
    server = RedisServer()
    server.ask(*line.replace(">…", ">wall").split())
    setting = shared(server, username="ringwork", password="secret://limits", secrets=["secret://limits"])
    fleet = Fleet(tmp_path, upstream, setting | {"database": 3})
    try:
        for node in fleet.nodes:
            node.provide_secrets({"secret://limits": "wall"})
        fleet.start()
        fleet.is_shared()
        assert flooded(fleet, fleet.key("daily"), most=5).passed == 30
        fleet.is_shared()
    finally:
        fleet.stop()
        server.close()


def test_a_server_that_quotes_what_it_does_not_know_gives_no_password_away(
    tmp_path: Path, upstream: Upstream
) -> None:
    server = RedisServer("--rename-command", "AUTH", "")
    fleet = Fleet(tmp_path, upstream, shared(server, password="secret://limits", secrets=["secret://limits"]))
    try:
        for node in fleet.nodes:
            node.provide_secrets({"secret://limits": "never-to-be-seen"})
        fleet.start()
        node = fleet.nodes[0]
        wait_for(lambda: "assword" in str(said(node)["problem"]), lambda: str(said(node)))
        assert "never-to-be-seen" not in json.dumps(said(node)) + fleet.gateways[0].own_log()
    finally:
        fleet.stop()
        server.close()


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[RedisServer, TestAuthority, int]]:
    authority = TestAuthority("limits", tmp_path / "limits")
    files = authority.server("localhost")
    port = free_port()
    files_of = ("--tls-cert-file", str(files.certificate), "--tls-key-file", str(files.key))
    asked = ("--tls-ca-cert-file", str(authority.file), "--tls-auth-clients", "no")
    server = RedisServer("--tls-port", str(port), *files_of, *asked)
    yield server, authority, port
    server.close()


def test_a_server_is_called_over_tls_and_must_be_the_one_meant(
    tmp_path: Path, upstream: Upstream, encrypted: tuple[RedisServer, TestAuthority, int]
) -> None:
    server, authority, port = encrypted
    setting = shared(server, host="localhost", port=port, tls=True, ca="secret://ca", secrets=["secret://ca"])
    fleet = Fleet(tmp_path, upstream, setting)
    stranger = TestAuthority("stranger", tmp_path / "stranger")
    try:
        for problem, ca in (
            ("secret://ca holds no certificate (PEM)", "not a PEM"),
            ("invalid peer certificate: UnknownIssuer", stranger.pem.decode()),
        ):
            for node in fleet.nodes:
                node.provide_secrets({"secret://ca": ca})
            if not fleet.gateways[0].running:
                fleet.start()
            wait_for(
                lambda: problem in str(said(fleet.nodes[0])["problem"]),  # noqa: B023
                lambda: str(said(fleet.nodes[0])),
            )
        for node in fleet.nodes:
            node.provide_secrets({"secret://ca": authority.pem.decode()})
        fleet.is_shared()
        assert flooded(fleet, fleet.key("exact"), most=15).passed <= 21
    finally:
        fleet.stop()


# -- the script on the server ---------------------------------------------------------------------------


SCRIPT = (Path(__file__).parents[2] / "crates/server/src/sharing/ask.lua").read_text()
DAY = 86_400


def script(server: RedisServer, gateway: str, limit: Json | None, **given: int) -> list[int]:
    """What is granted, the level after it (thousandths), the day, its count of all gateways."""
    limit = limit or {"per_minute": 0, "burst": 0}
    stated = {"waiting": 1, "lease": 0, "gateways": 3, "owed": 0, "day": 0, "own": 0, "heard": 0}
    stated |= {"heard_today": 0} | given
    words = (gateway, limit["per_minute"], limit["burst"], limit.get("per_day", -1), *stated.values())
    return [int(line) for line in server.ask("EVAL", SCRIPT, "2", "minute", "day", *map(str, words)).split()]


def today(server: RedisServer) -> int:
    return int(server.ask("TIME").split()[0]) // DAY


def test_the_script_grants_a_burst_and_no_more(server: RedisServer) -> None:
    limit = {"per_minute": 1, "burst": 5}
    assert script(server, "a", limit, waiting=3)[:2] == [3, 3000]
    assert script(server, "b", limit, waiting=9)[0] == 2
    granted, level, *_ = script(server, "a", limit)
    assert granted == 0 and 4990 <= level <= 5000


def test_the_script_leases_little_where_little_is_left(server: RedisServer) -> None:
    limit = {"per_minute": 1, "burst": 1_000}
    leases = [script(server, "a", limit, lease=60)[0] for _ in range(60)]
    assert leases[0] == 60 and leases == sorted(leases, reverse=True) and 1 in leases
    assert sum(leases) <= 1_000


def test_a_gateway_that_tells_its_day_again_is_counted_once(server: RedisServer) -> None:
    limit, day = {"per_minute": 600, "burst": 600, "per_day": 100}, today(server)
    assert script(server, "a", limit, waiting=10, day=day)[3] == 10
    assert script(server, "a", limit, waiting=0, day=day, own=10)[3] == 10
    assert script(server, "b", limit, waiting=0, day=day, own=85)[3] == 95
    assert script(server, "b", limit, waiting=0, day=day - 1, own=900)[3] == 95
    assert script(server, "a", limit, waiting=9, day=day, own=10)[0] == 5


def test_of_a_day_that_was_heard_of_the_largest_number_holds(server: RedisServer) -> None:
    limit, day = {"per_minute": 600, "burst": 600, "per_day": 100}, today(server)
    assert script(server, "a", limit, waiting=0, day=day, own=20, heard_today=60)[3] == 60
    assert script(server, "b", limit, waiting=0, day=day, own=20, heard_today=50)[3] == 60
    assert script(server, "b", limit, waiting=10, day=day, own=20)[3] == 70
    assert script(server, "c", limit, waiting=0, day=day, own=30)[3] == 80
    assert script(server, "d", limit, waiting=0, day=day - 1, heard_today=99)[3] == 80
    assert script(server, "a", limit, waiting=90, day=day, own=20)[0] == 20


def test_what_is_owed_fills_the_meter_and_not_more(server: RedisServer) -> None:
    limit = {"per_minute": 1, "burst": 10}
    assert script(server, "a", limit, waiting=0, owed=2_500)[1] == 2_500
    assert 9_990 <= script(server, "a", limit, waiting=0, owed=999_000)[1] <= 10_000


def test_what_was_heard_fills_the_meter_once_whoever_tells_it(server: RedisServer) -> None:
    limit = {"per_minute": 1, "burst": 10}
    assert script(server, "a", limit, waiting=0, heard=6_000)[1] == 6_000
    assert 5_990 <= script(server, "b", limit, waiting=0, heard=5_500)[1] <= 6_000
    assert 9_990 <= script(server, "b", limit, waiting=0, heard=999_000)[1] <= 10_000


@pytest.mark.parametrize("foreign", ["string", "no numbers", "no finite ones"])
def test_what_is_no_meter_begins_anew(server: RedisServer, foreign: str) -> None:
    for name in ("minute", "day"):
        if foreign == "string":
            server.ask("SET", name, "x")
        else:
            value = "x" if foreign == "no numbers" else "nan"
            server.ask("HSET", name, "level", value, "at", value, "day", value, "a", value)
    limit = {"per_minute": 1, "burst": 5, "per_day": 9}
    assert script(server, "a", limit, waiting=3) == [3, 3_000, today(server), 3]


def test_of_a_limit_nobody_knows_the_day_is_told_alone(server: RedisServer) -> None:
    assert script(server, "a", None, waiting=0, day=today(server), own=7)[3] == 7
    assert server.ask("KEYS", "*") == "day"

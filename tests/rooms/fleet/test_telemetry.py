"""The exporter: what a receiver took is told once, what it did not is told again, and neither log nor memory grows."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)

from ringwork.bundle.publish import Pointer, Publication
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.secrets import write_values
from ringwork.fleet.telemetry import pipeline as pipelines
from ringwork.fleet.telemetry import supervision
from ringwork.fleet.telemetry.delivery import Delivery, Later, Refused, retry_after
from ringwork.fleet.telemetry.exporter import Exporter
from ringwork.fleet.telemetry.pipeline import Kind, Pipeline
from ringwork.fleet.telemetry.receivers import Receiver as Wanted
from ringwork.fleet.telemetry.standing import Standing, exports, read_standing, standing_file
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.clock import system_clock
from ringwork.kernel.files import write_atomically
from ringwork.usage.otlp.requests import Sender, log_answer, log_request
from tests.rooms.usage.lines import line
from tests.support.otlp import Answer, Posted, Receiver
from tests.support.running import eventually
from tests.support.sealed import signed_manifest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def node(tmp_path: Path) -> NodeDirectory:
    return NodeDirectory(tmp_path / "node")


class Node:
    """A node whose access log the test writes."""

    def __init__(self, node: NodeDirectory) -> None:
        self.directory = node
        self.written = 0

    def publish(self, observability: dict[str, Any]) -> None:
        payload = {"organization": "acme", "environment": "test", "rings": {}, "observability": observability}
        publication = Publication(self.directory.published)
        signed = signed_manifest(canonical_json(payload), Ed25519PrivateKey.generate())
        publication.point_to(Pointer(1, publication.write({}, signed)))

    def log(self, count: int) -> None:
        """So many calls more, written at once as a gateway does."""
        numbers = range(self.written + 1, self.written + count + 1)
        with self.directory.access_log.open("ab", buffering=0) as file:
            file.write(b"".join(line(number) + b"\n" for number in numbers))
        self.written += count

    def standing(self, of: Any = "logs") -> Standing:
        found = read_standing(standing_file(self.directory, of))
        assert found is not None
        return found

    def begun(self, of: Any = "logs") -> bool:
        return standing_file(self.directory, of).exists()


def otlp(receiver: Receiver, path: str, **given: Any) -> dict[str, Any]:
    return {"otlp": {"endpoint": receiver.url + path, "headers": {}, "ca": None} | given}


@pytest.fixture
def logged(node: NodeDirectory, receiver: Receiver) -> Node:
    """A node that sends its log."""
    logged = Node(node)
    logged.publish({"logs": otlp(receiver, "/v1/logs")})
    return logged


@pytest.fixture
def export(node: NodeDirectory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Runs exporters on `node` until the test is over; called again, it ends the one before first."""
    monkeypatch.setattr(pipelines, "_GATHERING_SECONDS", 0.02)
    ends: list[Callable[[], None]] = []

    def started() -> None:
        while ends:
            ends.pop()()
        stop = threading.Event()
        exporter = Exporter(node, instance="edge-1", clock=system_clock, say=lambda line: None)
        thread = threading.Thread(target=exporter.run, args=(stop,))
        thread.start()
        ends.extend([thread.join, stop.set])

    yield started
    while ends:
        ends.pop()()


def ids(receiver: Receiver) -> list[str]:
    """Request ids, in the order they were taken."""
    return [
        each.value.string_value
        for record in receiver.records
        for each in record.attributes
        if each.key == "ringwork.request_id"
    ]


def expected(count: int, first: int = 1) -> list[str]:
    return [f"request-{number}" for number in range(first, first + count)]


def test_every_call_is_told_once_and_in_order(
    logged: Node, receiver: Receiver, export: Callable[[], None]
) -> None:
    export()
    eventually(logged.begun)
    for _ in range(3):
        logged.log(50)
        eventually(lambda: len(receiver.records) == logged.written)
    assert ids(receiver) == expected(150)
    eventually(lambda: logged.standing().sent == 150)
    standing = logged.standing()
    assert (standing.problem, standing.rejected, standing.dropped) == (None, 0, 0)
    assert standing.last_success is not None


def test_who_comes_back_goes_on_after_what_was_taken(
    logged: Node, receiver: Receiver, export: Callable[[], None]
) -> None:
    export()
    eventually(logged.begun)
    logged.log(10)
    eventually(lambda: logged.begun() and logged.standing().sent == 10)
    export()
    logged.log(10)
    eventually(lambda: len(receiver.records) >= 20)
    assert ids(receiver) == expected(20)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_that_asks_for_patience_is_asked_again(
    logged: Node, receiver: Receiver, export: Callable[[], None], status: int
) -> None:
    receiver.answer = lambda posted: Answer(status if len(receiver.posted) < 3 else 200)
    export()
    eventually(logged.begun)
    logged.log(5)
    eventually(lambda: logged.standing().problem is not None)
    assert str(status) in str(logged.standing().problem)
    eventually(lambda: logged.standing().sent == 5)
    assert ids(receiver) == expected(5)
    assert logged.standing().problem is None


@pytest.mark.parametrize("status", [400, 401, 413, 500])
def test_what_a_receiver_refuses_is_counted_and_stops_nothing(
    logged: Node, receiver: Receiver, export: Callable[[], None], status: int
) -> None:
    receiver.answer = lambda posted: Answer(status if len(receiver.posted) == 1 else 200)
    export()
    eventually(logged.begun)
    logged.log(5)
    eventually(lambda: logged.standing().rejected == 5)
    assert str(status) in str(logged.standing().problem)
    logged.log(5)
    eventually(lambda: logged.standing().sent == 5)
    assert ids(receiver) == expected(5, first=6)
    assert len(receiver.posted) == 2


def test_records_a_receiver_takes_in_part_are_not_sent_again(
    logged: Node, receiver: Receiver, export: Callable[[], None]
) -> None:
    partial = ExportLogsPartialSuccess(rejected_log_records=2, error_message="too old")
    body = ExportLogsServiceResponse(partial_success=partial).SerializeToString()
    receiver.answer = lambda posted: Answer(body=body)
    export()
    eventually(logged.begun)
    logged.log(5)
    eventually(lambda: logged.begun() and logged.standing().sent == 3)
    standing = logged.standing()
    assert standing.rejected == 2 and "too old" in str(standing.problem)
    assert len(receiver.posted) == 1


def test_credentials_go_by_reference_and_wait_for_their_value(
    logged: Node, receiver: Receiver, export: Callable[[], None]
) -> None:
    headers = {"authorization": "secret://otlp"}
    logged.publish({"logs": otlp(receiver, "/v1/logs", headers=headers)})
    export()
    eventually(logged.begun)
    logged.log(1)
    eventually(lambda: "secret://otlp has no value" in str(logged.standing().problem))
    write_values(logged.directory.secrets, {"secret://otlp": "Bearer\ns3cr3t"})
    eventually(lambda: "cannot be sent in a header" in str(logged.standing().problem))
    assert not receiver.posted
    assert logged.standing().backlog_bytes > 0
    write_values(logged.directory.secrets, {"secret://otlp": "Bearer s3cr3t"})
    eventually(lambda: len(receiver.records) == 1)
    assert receiver.posted[0].headers["authorization"] == "Bearer s3cr3t"
    eventually(lambda: logged.standing().sent == 1)
    assert "s3cr3t" not in standing_file(logged.directory, "logs").read_text()


def test_a_signal_that_was_off_begins_with_what_comes_then(
    logged: Node, receiver: Receiver, export: Callable[[], None]
) -> None:
    export()
    eventually(logged.begun)
    logged.log(1)
    eventually(lambda: len(receiver.records) == 1)
    logged.publish({})
    eventually(lambda: not logged.begun())
    logged.log(5)
    logged.publish({"logs": otlp(receiver, "/v1/logs")})
    eventually(logged.begun)
    logged.log(1)
    eventually(lambda: len(receiver.records) == 2)
    assert ids(receiver) == ["request-1", "request-7"]
    assert set(exports(logged.directory)) == {"logs"}


def test_what_an_exporter_left_is_taken_away_once_when_all_is_off(
    logged: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged.publish({})
    left, looks = standing_file(logged.directory, "logs"), list[str]()

    def off(manifest: object, signal: str) -> bool:
        looks.append(signal)
        return False

    write_atomically(left, b"{}")
    monkeypatch.setattr(supervision, "_LOOK_SECONDS", 0.001)
    monkeypatch.setattr(supervision, "is_on", off)
    supervisor = supervision.ExporterSupervisor(logged.directory, instance="edge-1", say=print)
    supervisor.start()
    eventually(lambda: not left.exists())
    write_atomically(left, b"{}")
    seen = len(looks)
    eventually(lambda: len(looks) > seen + 10)
    supervisor.stop()
    assert left.exists(), "nobody looks after what is off"


def test_one_receiver_that_is_away_keeps_nothing_from_the_other(
    logged: Node, receiver: Receiver, export: Callable[[], None]
) -> None:
    away = otlp(receiver, "/v1/traces")
    away["otlp"]["endpoint"] = "http://127.0.0.1:1/v1/traces"
    logged.publish({"logs": otlp(receiver, "/v1/logs"), "traces": {"sample_per_million": 1_000_000} | away})
    export()
    eventually(lambda: logged.begun("logs") and logged.begun("traces"))
    logged.log(3)
    eventually(lambda: len(receiver.records) == 3)
    eventually(lambda: "no answer of" in str(logged.standing("traces").problem))
    logged.publish({"traces": {"sample_per_million": 1_000_000} | otlp(receiver, "/v1/traces")})
    eventually(lambda: len(receiver.spans) == 6)


def test_too_much_behind_a_receiver_that_is_away_is_dropped_and_counted(
    logged: Node, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines, "_GATHERING_SECONDS", 0.02)
    receiver.answer = lambda posted: Answer(503)
    sender = Sender("acme", "test", "edge-1", "machine")
    kind = Kind(lambda lines: log_request(lines, sender, 0), len, log_answer)
    stop = threading.Event()
    bounded = Pipeline(
        logged.directory.access_log,
        standing_file(logged.directory, "logs"),
        kind,
        lambda: Wanted(f"{receiver.url}/v1/logs", ()),
        clock=lambda: NOW,
        say=lambda line: None,
        max_backlog_bytes=10_000,
    )
    thread = threading.Thread(target=bounded.run, args=(stop,))
    thread.start()
    eventually(logged.begun)
    logged.log(1)
    eventually(lambda: len(receiver.posted) >= 1)
    logged.log(200)
    eventually(lambda: logged.standing().dropped > 0)
    receiver.answer = lambda posted: Answer()
    eventually(lambda: logged.standing().dropped == 201)
    logged.log(2)
    eventually(lambda: logged.standing().sent == 2)
    stop.set()
    thread.join()
    assert ids(receiver) == expected(2, first=202)


def test_killed_at_any_moment_nothing_taken_is_lost_and_a_request_at_most_is_told_twice(
    logged: Node, receiver: Receiver
) -> None:
    def started() -> subprocess.Popen[bytes]:
        command = ["-m", "ringwork.fleet.telemetry", "--node", str(logged.directory.root), "--instance", "e"]
        return subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE)

    killed = threading.Event()
    rounds = 4

    def answer(posted: Posted) -> Answer:
        # Killed before the answer is out: the receiver has it, the exporter does not know.
        if not killed.is_set():
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed.set()
        return Answer()

    process = started()
    eventually(logged.begun)
    receiver.answer = answer
    for _ in range(rounds):
        logged.log(40)
        eventually(killed.is_set)
        assert process.stdin is not None
        process.stdin.close()
        process = started()
        eventually(lambda: logged.standing().sent == logged.written)
        killed.clear()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0
    assert list(dict.fromkeys(ids(receiver))) == expected(40 * rounds)
    assert len(receiver.records) == 2 * 40 * rounds


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("Fri, 02 Jan 2026 03:04:00 GMT", 0.0),
        ("99999999", 300.0),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_followed_within_bounds(field: str | None, seconds: float | None) -> None:
    assert retry_after(field, NOW) == seconds


def test_an_answer_says_when_to_come_again(receiver: Receiver) -> None:
    receiver.answer = lambda posted: Answer(503, headers={"retry-after": "9"})
    delivery = Delivery(Wanted(f"{receiver.url}/v1/logs", ()), log_answer)
    outcome = delivery.send(b"")
    assert isinstance(outcome, Later) and outcome.after_seconds == 9.0
    receiver.answer = lambda posted: Answer(307, headers={"location": "http://elsewhere.invalid/"})
    assert isinstance(delivery.send(b""), Refused)
    delivery.close()

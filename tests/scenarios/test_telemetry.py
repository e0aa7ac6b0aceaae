"""From `observability` in ringwork.yaml to a collector: what a call becomes there, and what `status` says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.telemetry.standing import exports
from tests.scenarios.test_key import PUBLIC, status
from tests.scenarios.test_secret import set_secret
from tests.support.otlp import Answer, Receiver, attributes
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def edge(ringwork: Ringwork, tmp_path: Path) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(ringwork, tmp_path / "edge")
    yield elsewhere
    elsewhere.clean_up()


def observe(estate: Path, receiver: Receiver, *, headers: str = "{}") -> str:
    """`ringwork.yaml` as it was before."""
    organization = estate / "ringwork.yaml"
    before = organization.read_text()
    otlp = f"{{endpoint: '{receiver.url}', headers: {headers}}}"
    observed = f"observability:\n  traces: {{sample: 1, otlp: {otlp}}}\n  logs: {{otlp: {otlp}}}\n"
    organization.write_text(before + observed)
    return before


def telemetry(ringwork: Ringwork) -> dict[str, dict[str, Any]]:
    """What `status` would say; asked often, so not by a process each time."""
    return exports(NodeDirectory(ringwork.state / "node"))


def exporting(ringwork: Ringwork) -> bool:
    """Whether both signals have begun: calls count from then on."""
    return set(telemetry(ringwork)) == {"traces", "logs"}


def test_a_call_arrives_as_spans_and_as_a_record_of_one_trace(
    ringwork: Ringwork, estate: Path, receiver: Receiver
) -> None:
    observe(estate, receiver, headers="{authorization: secret://otlp}")
    planned = ringwork.run("plan", str(estate))
    assert planned.returncode == 0 and "ringwork secret set otlp" in planned.stdout
    ringwork.up(estate)
    set_secret(ringwork, "otlp", "Bearer s3cr3t")
    eventually(lambda: exporting(ringwork))
    assert status(ringwork, ringwork.json(*PUBLIC)["key"]) == 200
    eventually(lambda: len(receiver.spans) == 2 and len(receiver.records) == 1)
    server, client = receiver.spans
    [record] = receiver.records
    assert {server.trace_id, client.trace_id, record.trace_id} == {server.trace_id}
    assert client.parent_span_id == server.span_id == record.span_id
    assert attributes(server)["ringwork.api"] == attributes(client)["ringwork.api"] == "orders"
    assert attributes(client)["server.address"] == "127.0.0.1"
    told = attributes(receiver.resources[0])
    assert (told["service.namespace"], told["deployment.environment.name"]) == ("acme", "test")
    assert {posted.headers["authorization"] for posted in receiver.posted} == {"Bearer s3cr3t"}
    eventually(lambda: telemetry(ringwork)["traces"]["sent"] == 2)
    shown = ringwork.run("status")
    assert shown.returncode == 0 and "2 records sent, the last" in shown.stdout
    assert "revision 1 of test" in shown.stdout


def test_a_receiver_that_takes_nothing_is_a_problem_of_status_and_of_no_call(
    ringwork: Ringwork, estate: Path, receiver: Receiver
) -> None:
    receiver.answer = lambda posted: Answer(503)
    before = observe(estate, receiver)
    ringwork.up(estate)
    eventually(lambda: exporting(ringwork))
    key = ringwork.json(*PUBLIC)["key"]
    assert status(ringwork, key) == 200
    eventually(lambda: all(standing["problem"] for standing in telemetry(ringwork).values()))
    told = ringwork.run("status")
    assert told.returncode == 1 and "logs are not taken" in told.stdout
    assert status(ringwork, key) == 200
    receiver.answer = lambda posted: Answer()
    eventually(lambda: len(receiver.spans) == 4 and len(receiver.records) == 2)
    eventually(lambda: not any(standing["problem"] for standing in telemetry(ringwork).values()))
    assert ringwork.run("status").returncode == 0
    # Turned off, nothing is left of it.
    (estate / "ringwork.yaml").write_text(before)
    ringwork.json("apply", str(estate))
    eventually(lambda: not telemetry(ringwork))


def test_a_gateway_elsewhere_sends_its_own_calls_and_reports_it(
    ringwork: Ringwork, estate: Path, receiver: Receiver, edge: Elsewhere
) -> None:
    observe(estate, receiver, headers="{authorization: secret://otlp}")
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    set_secret(ringwork, "otlp", "Bearer s3cr3t")
    edge.serve("public")
    eventually(lambda: set(edge.told()["telemetry"]) == {"traces", "logs"})
    key = ringwork.json(*PUBLIC)["key"]
    eventually(lambda: edge.call("/shop/v1/orders/7", key).status_code == 200)
    eventually(lambda: len(receiver.records) > 0)
    assert {attributes(resource)["service.instance.id"] for resource in receiver.resources} == {"edge-1"}
    eventually(lambda: edge.told()["telemetry"]["logs"]["sent"] > 0)

"""What operators are told names every API: off until asked for, and then for this machine or those who are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.intent.observability import build_observability
from ringwork.kernel.findings import Severity
from tests.rooms.manifest.estates import ORGANIZATION, loaded, only


def with_metrics(metrics: str) -> dict[str, str]:
    return {"ringwork.yaml": f"{ORGANIZATION.rstrip()}\nobservability:\n  metrics: {metrics}\n"}


def test_metrics_are_off_by_default_and_bounded_when_on(tmp_path: Path) -> None:
    off = loaded(tmp_path / "off", {"ringwork.yaml": ORGANIZATION}).organization
    on = loaded(tmp_path / "on", with_metrics('{listen: "127.0.0.1:9464"}')).organization
    assert off is not None and off.manifest.observability.metrics is None
    assert on is not None and on.manifest.observability.metrics is not None
    assert on.manifest.observability.metrics.max_series == 10_000


@pytest.mark.parametrize("address", ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464", "127.0.0.1:0"])
def test_metrics_are_for_this_machine_only(tmp_path: Path, address: str) -> None:
    finding = only(loaded(tmp_path, with_metrics(f'{{listen: "{address}"}}')), "metrics-not-loopback")
    assert str(finding.location) == f"ringwork.yaml:{len(ORGANIZATION.rstrip().splitlines()) + 2}:21"


def test_metrics_share_no_address_with_a_ring(tmp_path: Path) -> None:
    estate = loaded(tmp_path, with_metrics('{listen: "127.0.0.1:8443"}'))
    assert "ring share an address: 127.0.0.1:8443" in only(estate, "listener-conflict").message


@pytest.mark.parametrize("metrics", ["{}", '{listen: "127.0.0.1:9464", max_series: 999}', '{listen: "here"}'])
def test_mistakes_are_findings(tmp_path: Path, metrics: str) -> None:
    assert loaded(tmp_path, with_metrics(metrics)).organization is None


def with_telemetry(observability: str) -> dict[str, str]:
    return {"ringwork.yaml": f"{ORGANIZATION.rstrip()}\nobservability: {observability}\n"}


def test_a_receiver_is_a_url_or_all_there_is_to_say_of_it(tmp_path: Path) -> None:
    said = (
        "{traces: {otlp: 'http://127.0.0.1:4318'}, logs: {otlp: {endpoint: 'https://otel.acme.example/x'}}}"
    )
    estate = loaded(tmp_path, with_telemetry(said))
    assert estate.organization is not None
    intent = build_observability(estate.organization.manifest.observability)
    assert intent.traces is not None and intent.traces.otlp is not None and intent.logs is not None
    assert (intent.traces.sample_per_million, intent.traces.otlp.endpoint) == (
        10_000,
        "http://127.0.0.1:4318/v1/traces",
    )
    assert intent.logs.otlp.endpoint == "https://otel.acme.example/x"


@pytest.mark.parametrize(
    ("otlp", "code"),
    [
        ("'ftp://otel.acme.example'", "otlp-invalid"),
        ("'https://user:secret@otel.acme.example'", "otlp-invalid"),
        ("'https://otel.acme.example?key=secret'", "otlp-invalid"),
        ("'http://169.254.169.254'", "otlp-forbidden"),
        (
            "{endpoint: 'http://otel.acme.example', headers: {authorization: 'secret://otel'}}",
            "otlp-in-clear",
        ),
        ("{endpoint: 'https://otel.acme.example', headers: {authorization: 'Bearer x'}}", "secret-literal"),
    ],
)
def test_nothing_is_sent_where_it_must_not_go(tmp_path: Path, otlp: str, code: str) -> None:
    estate = loaded(tmp_path, with_telemetry(f"{{logs: {{otlp: {otlp}}}}}"))
    finding = only(estate, code)
    assert estate.organization is None
    assert finding.location.file == "ringwork.yaml"
    assert finding.location.line == len(ORGANIZATION.rstrip().splitlines()) + 1


def test_what_is_told_in_the_clear_is_a_warning(tmp_path: Path) -> None:
    estate = loaded(tmp_path, with_telemetry("{logs: {otlp: 'http://otel.acme.example'}}"))
    assert estate.organization is not None
    assert only(estate, "otlp-in-clear").severity is Severity.WARNING


@pytest.mark.parametrize("sample", ["-0.1", "1.1", "0.0000001", "half", ".nan"])
def test_a_share_is_between_none_and_all(tmp_path: Path, sample: str) -> None:
    assert loaded(tmp_path, with_telemetry(f"{{traces: {{sample: {sample}}}}}")).organization is None


@pytest.mark.parametrize("sample", ["0", "1", "0.000001", "0.5"])
def test_any_share_between_is_taken(tmp_path: Path, sample: str) -> None:
    assert loaded(tmp_path, with_telemetry(f"{{traces: {{sample: {sample}}}}}")).organization is not None

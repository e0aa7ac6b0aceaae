"""Metrics name every API: they are off until asked for, and then only for this machine and on no ring."""

from __future__ import annotations

from pathlib import Path

import pytest

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

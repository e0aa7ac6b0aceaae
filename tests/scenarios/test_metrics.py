"""From `observability` in ringwork.yaml to what Prometheus reads, of the gateway and of the control plane."""

from __future__ import annotations

from pathlib import Path

from tests.support.metrics import scrape
from tests.support.running import Ringwork


def test_metrics_are_where_endpoints_json_says(ringwork: Ringwork, estate: Path) -> None:
    with (estate / "ringwork.yaml").open("a") as file:
        file.write('observability:\n  metrics: {listen: "127.0.0.1:9464"}\n')
    endpoints = ringwork.up(estate)
    found = scrape(endpoints["metrics"])
    assert found.sum("ringwork_revision") == endpoints["gateway"]["revision"] == 1
    admin = endpoints["admin"]
    token = {"authorization": f"Bearer {Path(admin['token_file']).read_text().strip()}"}
    control = scrape(f"{admin['url']}/metrics", token)
    assert control.sum("ringwork_control_revision") == 1
    assert control.sum("ringwork_control_gateway_running", gateway="_local") == 1
    assert control.sum("ringwork_control_applications_total", outcome="live") == 1


def test_without_them_nothing_listens(ringwork: Ringwork, estate: Path) -> None:
    assert ringwork.up(estate)["metrics"] is None

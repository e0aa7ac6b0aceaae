"""An observed contract is said in every plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.governance.assess import assess
from tests.rooms.manifest.estates import API, write_estate

OBSERVED = API.replace(
    "document: openapi.yaml", "document: openapi.yaml, observe: {until: 2026-12-31, reason: not complete yet}"
)


@pytest.mark.parametrize(
    ("audience", "code"), [("public", "contract-observed"), ("internal", "observe-without-effect")]
)
def test_every_observed_version_is_named_with_its_end(tmp_path: Path, audience: str, code: str) -> None:
    text = OBSERVED.replace("audience: public", f"audience: {audience}")
    findings = assess(write_estate(tmp_path, {"apis/orders/api.yaml": text})).findings
    [finding] = [finding for finding in findings if finding.code == code]
    assert finding.location.file == "apis/orders/api.yaml"
    assert audience == "internal" or "2026-12-31" in finding.message


def test_the_last_day_of_it_is_a_date_and_its_reason_is_said(tmp_path: Path) -> None:
    for wrong in ("{until: soon, reason: r}", "{until: 2026-12-31}"):
        text = API.replace("document: openapi.yaml", f"document: openapi.yaml, observe: {wrong}")
        folder = tmp_path / wrong[:8].strip("{:")
        assert "orders" in assess(write_estate(folder, {"apis/orders/api.yaml": text})).estate.broken_apis()

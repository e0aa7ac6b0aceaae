"""What passes for a time is said in every plan."""

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


CONTRACT = """\
openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
paths:
  /orders:
    get:
      x-audience: public
      operationId: listOrders
      parameters: [{ name: by, in: query, schema: { type: string, pattern: "^(?!x)" } }]
      responses: { "204": { description: None } }
"""


def test_a_pattern_nobody_can_match_keeps_its_operation_inside_unless_it_is_waived(tmp_path: Path) -> None:
    waived = API.replace(
        "document: openapi.yaml",
        "document: openapi.yaml, unmatched_patterns: {until: 2026-12-31, reason: next year}",
    )
    for manifest, code, published in [
        (API, "validation-pattern", "internal"),
        (waived, "validation-pattern-waived", "public"),
    ]:
        files = {"apis/orders/api.yaml": manifest, "apis/orders/openapi.yaml": CONTRACT}
        assessed = assess(write_estate(tmp_path / published, files))
        codes = {finding.code for finding in assessed.findings}
        assert code in codes and ("patterns-unmatched" in codes) is (published == "public")
        assert assessed.intent is not None
        [version] = assessed.intent.apis[0].versions
        assert [operation.published.label for operation in version.operations] == [published]

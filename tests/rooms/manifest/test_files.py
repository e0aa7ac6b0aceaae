"""Files nobody will read are said to be so; files that belong to a folder in Git are not talked about."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ringwork.kernel.findings import Severity
from ringwork.manifest.load import load_estate
from tests.rooms.manifest.estates import loaded, only, with_code, write_estate


@pytest.mark.parametrize(
    ("name", "meant"),
    [("api/orders/api.yaml", "apis"), ("ringwork.yml", "ringwork.yaml"), ("partner/x.yaml", "partners")],
)
def test_near_miss_in_the_root_is_a_warning_with_what_was_meant(
    tmp_path: Path, name: str, meant: str
) -> None:
    finding = only(loaded(tmp_path, {name: "title: x\n"}), "file-ignored")
    assert finding.severity is Severity.WARNING
    assert finding.help == f'Did you mean "{meant}"?'


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        ".git/config",
        ".gitignore",
        "LICENSE",
        "exposure.lock",
        ".ringwork-schemas/api.schema.json",
        "apis/README.md",
        "apis/.DS_Store",
        "partners/LICENSE",
    ],
)
def test_ordinary_files_of_a_repository_are_silent(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, {name: "x"}).findings == ()


@pytest.mark.parametrize("name", ["readme-io", "license-manager", "compose", "docs", "services"])
def test_no_api_is_silently_left_out_for_its_name(tmp_path: Path, name: str) -> None:
    write_estate(tmp_path, {f"apis/{name}/api.yaml": "title: x\n", f"partners/{name}.yaml": "x: 1\n"})
    found = load_estate(tmp_path).findings
    assert {finding.location.file.split("/")[0] for finding in found} == {"apis", "partners"}


def test_api_folder_without_manifest_names_the_near_miss(tmp_path: Path) -> None:
    finding = only(loaded(tmp_path, {"apis/billing/api.yml": "title: x\n"}), "api-without-manifest")
    assert finding.help == 'Rename "api.yml" to "api.yaml".'
    assert finding.api == "billing"


def test_partner_file_with_another_ending_is_a_warning(tmp_path: Path) -> None:
    assert (
        only(loaded(tmp_path, {"partners/initech.yml": "x"}), "file-ignored").help
        == 'Rename it to "initech.yaml".'
    )


def test_name_of_an_api_is_part_of_urls_and_checked(tmp_path: Path) -> None:
    assert only(loaded(tmp_path, {"apis/My API/api.yaml": "x"}), "invalid-name").api == "My API"


def test_name_that_is_not_utf8_can_be_printed(tmp_path: Path) -> None:
    root = write_estate(tmp_path)
    os.mkdir(os.fsencode(root) + b"/apis/b\xffd")
    [finding] = load_estate(root).findings
    assert finding.location.file == "apis/b\ufffdd"
    json.dumps(finding.as_dict()).encode("utf-8")


def test_style_is_any_mapping(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {"styles/house.yaml": "extends: spectral:oas\n", "styles/bad.yaml": "- 1\n"})
    assert estate.style_names == {"house", "bad"}
    assert only(estate, "wrong-type").location.file == "styles/bad.yaml"


def test_stored_agreements_without_effect_are_said_so(tmp_path: Path) -> None:
    partner = """\
title: Globex
limits: {per_minute: 600, per_day: 10000, burst_factor: 2}
features: []
networks: [10.0.0.0/8]
sla: {tier: premium, overrides: {availability_percent: 99.95, latency_p95_ms: 200}}
support: {contact: ann@acme.example, channel: "#globex", escalation: [team lead, director]}
webhooks:
  endpoints: [{url: "https://globex.example/hooks", events: [order.created]}]
  secret: secret://webhooks/globex
  retry: aggressive
"""
    plan = "title: Pro\nlimits: {per_minute: 600}\nprice: {amount: '10.00', currency: EUR}\n"
    estate = loaded(tmp_path, {"partners/globex.yaml": partner, "plans/pro.yaml": plan})
    notes = with_code(estate, "not-yet-effective")
    assert {str(note.location) for note in notes} == {
        "partners/globex.yaml:5:1",
        "partners/globex.yaml:6:1",
        "partners/globex.yaml:7:1",
        "plans/pro.yaml:3:1",
    }
    assert len(estate.findings) == len(notes)
    assert [found.name for found in estate.partners] == ["globex"]


def test_secret_written_into_a_partner_is_refused(tmp_path: Path) -> None:
    partner = "title: G\nlimits: {per_minute: 1}\nwebhooks: {secret: whsec_abc}\n"
    finding = only(loaded(tmp_path, {"partners/globex.yaml": partner}), "secret-literal")
    assert "secret://name" in finding.help
    assert "whsec_abc" not in str(finding)

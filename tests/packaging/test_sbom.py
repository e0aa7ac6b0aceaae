"""The bills of materials are valid CycloneDX, name all that is locked and all that is installed, and nothing twice."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import sbom

REPOSITORY = Path(__file__).resolve().parents[2]
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
Bill = dict[str, Any]


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Bill]:
    written = sbom.write(tmp_path_factory.mktemp("sbom"), "0.1.0", WHEN)
    return {path.name.removesuffix(".cdx.json"): json.loads(path.read_text()) for path in written}


@pytest.mark.parametrize("name", ["ringwork-rust", "ringwork-python"])
def test_a_bill_is_valid_and_every_reference_leads_somewhere(bills: Mapping[str, Bill], name: str) -> None:
    bill = bills[name]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None
    refs = [component["bom-ref"] for component in bill["components"]]
    root = bill["metadata"]["component"]["bom-ref"]
    assert len(refs) == len(set(refs))
    named = {needed for entry in bill["dependencies"] for needed in entry.get("dependsOn", ())}
    assert named <= set(refs)
    assert {entry["ref"] for entry in bill["dependencies"]} == {root, *refs}


def test_every_locked_crate_is_there_with_its_checksum(bills: Mapping[str, Bill]) -> None:
    locked = tomllib.loads((REPOSITORY / "Cargo.lock").read_text())["package"]
    given = {
        (one["name"], one["version"]): [digest["content"] for digest in one.get("hashes", ())]
        for one in bills["ringwork-rust"]["components"]
    }
    expected = {
        (one["name"], one["version"]): [one["checksum"]] if "checksum" in one else [] for one in locked
    }
    assert given == expected


def test_what_only_tests_need_is_told_from_what_is_shipped(bills: Mapping[str, Bill]) -> None:
    scopes = {one["name"]: one["scope"] for one in bills["ringwork-rust"]["components"]}
    assert {scopes[name] for name in ("pingora", "heed", "pyo3", "prometheus-client")} == {"required"}
    assert scopes["proptest"] == "excluded"


def test_every_requirement_of_an_installation_is_there_in_the_installed_version(
    bills: Mapping[str, Bill],
) -> None:
    given = {one["name"]: one["version"] for one in bills["ringwork-python"]["components"]}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    assert declared <= set(given)
    for name, version in given.items():
        installed = distribution(name)
        assert installed.version == version
        always = [one for one in map(Requirement, installed.requires or ()) if one.marker is None]
        assert {canonicalize_name(one.name) for one in always} <= set(given)
    assert "pytest" not in given


def test_equal_content_gives_equal_bills(bills: Mapping[str, Bill], tmp_path: Path) -> None:
    again = {
        path.name.removesuffix(".cdx.json"): json.loads(path.read_text())
        for path in sbom.write(tmp_path, "0.1.0", WHEN)
    }
    assert again == bills

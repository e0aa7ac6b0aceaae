"""Nothing outside of the estate is read, and not without bound."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringwork.kernel.findings import Severity
from ringwork.openapi import files, load_contract
from tests.rooms.openapi.contracts import HEAD, load, located, sound


def referring(reference: str) -> str:
    return HEAD + f"paths:\n  /a:\n    $ref: '{reference}'\n"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("https://example.com/a.yaml#/a", "openapi-ref-network"),
        ("//example.com/a.yaml", "openapi-ref-network"),
        ("file:///etc/hostname", "openapi-ref-network"),
        ("/etc/hostname", "openapi-ref-outside"),
        ("../../../outside.yaml", "openapi-ref-outside"),
        ("%2e%2e/../../outside.yaml", "openapi-ref-outside"),
        ("link.yaml", "openapi-ref-outside"),
        ("linked/outside.yaml", "openapi-ref-outside"),
        ("gone.yaml", "openapi-file-missing"),
        ("circle.yaml", "openapi-file-missing"),
        ("pipe.yaml", "openapi-file-missing"),
        (".", "openapi-file-missing"),
        ("..\\outside.yaml", "openapi-ref-outside"),
        ("a%00.yaml", "openapi-ref-outside"),
    ],
)
def test_a_reference_leads_nowhere_but_into_the_estate(tmp_path: Path, reference: str, code: str) -> None:
    estate = tmp_path / "estate"
    folder = estate / "apis" / "orders"
    folder.mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text("get: {}")
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "circle.yaml").symlink_to(folder / "circle.yaml")
    os.mkfifo(folder / "pipe.yaml")

    loaded = load(estate, referring(reference))

    assert loaded.contract is None
    assert located(loaded.findings) == [f"{code} api.yaml:5:11"]


def test_files_are_named_relative_to_the_estate_whatever_way_leads_to_them(tmp_path: Path) -> None:
    contract = sound(
        tmp_path,
        "paths: {/a: {$ref: parts/a.yaml}, /b: {$ref: 'parts/../parts/a.yaml'}, /c: {$ref: alias.yaml}}",
        files={"parts/a.yaml": "get: {responses: {}}", "alias.yaml": "{$ref: 'parts%2Fa.yaml'}"},
    )
    folder = "apis/orders"
    assert contract.files == (f"{folder}/api.yaml", f"{folder}/parts/a.yaml", f"{folder}/alias.yaml")
    assert {operation.location.file for operation in contract.operations} == {"apis/orders/parts/a.yaml"}


def test_more_files_than_a_contract_may_have_are_refused_at_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 2)
    paths = "paths:\n  /a: {$ref: a.yaml}\n  /b: {$ref: b.yaml}\n"
    loaded = load(tmp_path, HEAD + paths, files={"a.yaml": "get: {}", "b.yaml": "get: {}"})
    assert located(loaded.findings) == ["openapi-too-many-files api.yaml:5:14"]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 100)
    loaded = load(tmp_path, HEAD + "#" * 100)
    assert located(loaded.findings) == ["openapi-too-large api.yaml:1:1"]


def test_a_missing_document_or_overlay_is_a_finding(tmp_path: Path) -> None:
    loaded = load_contract(tmp_path, "gone.yaml", ["gone-too.yaml"])
    assert loaded.contract is None
    assert located(loaded.findings) == [
        "openapi-file-missing gone-too.yaml:1:1",
        "openapi-file-missing gone.yaml:1:1",
    ]


def test_every_finding_says_what_to_do(tmp_path: Path) -> None:
    loaded = load(tmp_path, referring("gone.yaml"))
    assert all(finding.help and finding.severity is Severity.ERROR for finding in loaded.findings)

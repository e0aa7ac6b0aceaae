"""An API is judged again when one of its files changes, and only then."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ringwork.governance import judging
from ringwork.governance.assess import Assessment, Memory, assess
from ringwork.kernel.cache import FileCache
from ringwork.manifest.estate import LoadedApi
from tests.rooms.manifest.estates import DOCUMENT, write_estate

DOCUMENT_FILE = "apis/orders/openapi.yaml"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the APIs that were judged, in order."""
    names: list[str] = []
    real = judging.judge_api

    def judge(root: Path, api: LoadedApi) -> object:
        names.append(api.name)
        return real(root, api)

    monkeypatch.setattr(judging, "judge_api", judge)
    return names


def settle() -> None:
    """Until a file written just now is told apart from one that is still being written."""
    time.sleep(0.15)


def replaced(root: Path, text: str) -> None:
    (root / DOCUMENT_FILE).write_text(text)


def published(assessment: Assessment) -> list[str]:
    assert assessment.intent is not None
    return [f"{op.method} {op.template}" for op in assessment.intent.apis[0].versions[0].operations]


def test_an_estate_that_did_not_change_is_not_judged_again(tmp_path: Path, judged: list[str]) -> None:
    root, memory = write_estate(tmp_path), Memory()
    settle()
    first, second = assess(root, memory=memory), assess(root, memory=memory)
    assert judged == ["orders"]
    assert first.intent == second.intent and first.findings == second.findings
    assert first.intent is not None and second.intent is not None
    assert first.intent.apis[0] is second.intent.apis[0]


def test_a_changed_document_is_judged_again_also_when_size_and_time_are_the_same(
    tmp_path: Path, judged: list[str]
) -> None:
    root, memory = write_estate(tmp_path), Memory()
    before = os.stat(root / DOCUMENT_FILE)
    assert "GET /orders" in published(assess(root, memory=memory))
    replaced(root, DOCUMENT.replace("/orders", "/ordrrs"))
    os.utime(root / DOCUMENT_FILE, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "GET /ordrrs" in published(assess(root, memory=memory))
    assert judged == ["orders", "orders"]


def test_a_file_that_was_touched_is_read_and_not_judged(tmp_path: Path, judged: list[str]) -> None:
    root, memory = write_estate(tmp_path), Memory()
    settle()
    assess(root, memory=memory)
    os.utime(root / DOCUMENT_FILE)
    assess(root, memory=memory)
    assert judged == ["orders"]


def test_the_next_process_judges_only_what_changed(tmp_path: Path, judged: list[str]) -> None:
    root, cache = write_estate(tmp_path / "estate"), tmp_path / "cache"
    first = assess(root, memory=Memory(FileCache(cache)))
    second = assess(root, memory=Memory(FileCache(cache)))
    assert judged == ["orders"]
    assert (first.intent, first.findings) == (second.intent, second.findings)
    replaced(root, DOCUMENT + "\n")
    assess(root, memory=Memory(FileCache(cache)))
    assert judged == ["orders", "orders"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"half of it"])
def test_a_cache_that_rotted_is_made_again(tmp_path: Path, judged: list[str], damage: bytes) -> None:
    root, cache = write_estate(tmp_path / "estate"), tmp_path / "cache"
    first = assess(root, memory=Memory(FileCache(cache)))
    for file in cache.iterdir():
        file.write_bytes(damage)
    assert assess(root, memory=Memory(FileCache(cache))).intent == first.intent
    assert assess(root, memory=Memory(FileCache(cache))).intent == first.intent
    assert judged == ["orders", "orders"]


def test_a_file_that_was_missing_is_looked_for_again(tmp_path: Path, judged: list[str]) -> None:
    root, memory = write_estate(tmp_path), Memory()
    (root / DOCUMENT_FILE).unlink()
    assert assess(root, memory=memory).dropped == ("orders",)
    replaced(root, DOCUMENT)
    assert assess(root, memory=memory).dropped == ()


def test_an_api_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    root, cache = write_estate(tmp_path / "estate"), tmp_path / "cache"
    memory = Memory(FileCache(cache))
    assess(root, memory=memory)
    (root / "apis/orders/api.yaml").unlink()
    (root / DOCUMENT_FILE).unlink()
    (root / "apis/orders").rmdir()
    after = assess(root, memory=memory)
    assert after.intent is not None and after.intent.apis == ()
    assert list(cache.iterdir()) == []


# On the public ring the path cannot be written; on the partner ring the pattern cannot be matched in linear time, so
# that the public ring is not served it either.
UNSERVABLE = """\
openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      x-audience: public
      parameters: [{name: id, in: path, required: true, x-audience: partner, schema: {type: string}}]
      responses: {'200': {description: ok}}
  /orders:
    get:
      operationId: findOrders
      x-audience: public
      parameters: [{name: like, in: query, schema: {type: string, pattern: '(?=a)b'}}]
      responses: {'200': {description: ok}}
    post:
      operationId: addOrder
      x-audience: public
      requestBody: {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}
      responses: {'200': {description: ok}}
"""


@pytest.mark.parametrize("document", [DOCUMENT, UNSERVABLE])
def test_a_large_contract_is_judged_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    """Its rings are compiled at the same time, before anybody knows what they cannot be served."""
    root = write_estate(tmp_path, {DOCUMENT_FILE: document})
    small = assess(root)
    monkeypatch.setattr(judging, "_LARGE_BYTES", 0)
    monkeypatch.setattr(judging, "MANY", 0)
    monkeypatch.setattr("ringwork.governance.filtering.MANY", 0)
    large = assess(root)
    assert large.intent == small.intent and large.intent is not None
    assert large.exposures == small.exposures and large.findings == small.findings
    if document is UNSERVABLE:
        ways = {one.id: one.published for one in large.intent.apis[0].versions[0].operations}
        assert ways["getOrder"] < ways["addOrder"] and ways["findOrders"].label == "internal"

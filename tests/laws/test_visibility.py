"""Law 1, monotone visibility: what public sees, partner sees; what partner sees, internal sees.

Contracts are made with labels in every place that may carry one, in every word that may be used; the whole
pipeline judges them, and what it says is compared with the rules as ARCHITECTURE.md has them, written down here a
second time and in another way.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.audience import RINGS, Audience, Label, OperationLabels, decide
from ringwork.audience.audience import WORDS, understood
from ringwork.bundle.compile.bundles import compile_api
from ringwork.governance.assess import Assessment, assess
from ringwork.governance.plan import plan
from tests.rooms.manifest.estates import API, write_estate

LABEL = st.none() | st.sampled_from(WORDS)
AUDIENCES = st.sampled_from(RINGS)
LABELS = st.builds(Label, AUDIENCES, st.integers(0, 9))
OPERATION_LABELS = st.builds(
    OperationLabels,
    operation=st.none() | LABELS,
    path_item=st.none() | LABELS,
    caps=st.lists(LABELS, max_size=4).map(tuple),
)


@dataclass(frozen=True)
class Written:
    """Labels of one operation as somebody wrote them."""

    path_item: str | None
    operation: str | None
    tag: str | None
    parameter: str | None
    schema_property: str | None
    enum_value: str | None

    def document(self) -> dict[str, Any]:
        """A path item whose parts carry the labels."""
        kind = {"type": "string", "enum": ["a", "b"]} | _labelled(
            "x-enum-audience", self.enum_value, lambda word: {"a": word}
        )
        note = {"type": "string"} | _labelled("x-audience", self.schema_property)
        schema = {"type": "object", "properties": {"note": note, "kind": kind}}
        parameter = {"name": "q", "in": "query", "schema": {"type": "string"}} | _labelled(
            "x-audience", self.parameter
        )
        responses = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
        operation = {"parameters": [parameter], "responses": responses} | _labelled(
            "x-audience", self.operation
        )
        return {"get": operation} | _labelled("x-audience", self.path_item)


@dataclass(frozen=True)
class Case:
    """An API with its caps and operations."""

    api: str
    version: str | None
    info: str | None
    operations: tuple[Written, ...]

    def write(self, root: Path) -> Path:
        paths: dict[str, Any] = {}
        tags = []
        for number, written in enumerate(self.operations):
            paths[f"/o{number}"] = written.document()
            paths[f"/o{number}"]["get"] |= {"operationId": f"o{number}", "tags": [f"t{number}"]}
            tags.append({"name": f"t{number}"} | _labelled("x-audience", written.tag))
        info = {"title": "T", "version": "1"} | _labelled("x-audience", self.info)
        text = API.replace("audience: public", f"audience: {self.api}")
        if self.version is not None:
            text = text.replace("document: openapi.yaml", f"document: openapi.yaml, audience: {self.version}")
        document = json.dumps({"openapi": "3.1.0", "info": info, "tags": tags, "paths": paths})
        return write_estate(root, {"apis/orders/api.yaml": text, "apis/orders/openapi.yaml": document})

    def expected(self, written: Written) -> Audience:
        """The rules of ARCHITECTURE.md in one line each."""
        grants = _audiences(written.operation, written.path_item)
        if not grants:
            return Audience.INTERNAL
        caps = _audiences(self.api, self.version, self.info, written.tag)
        return Audience(min(grants + caps))


def _labelled(key: str, word: str | None, value: Any = lambda word: word) -> dict[str, Any]:
    return {} if word is None else {key: value(word)}


def _audiences(*words: str | None) -> list[Audience]:
    found = [understood(word) for word in words if word is not None]
    return [audience for audience in found if audience is not None]


WRITTEN = st.builds(Written, LABEL, LABEL, LABEL, LABEL, LABEL, LABEL)
CASES = st.builds(
    Case, st.sampled_from(WORDS), LABEL, LABEL, st.lists(WRITTEN, min_size=1, max_size=5).map(tuple)
)


def judged(case: Case) -> Assessment:
    with tempfile.TemporaryDirectory() as folder:
        return assess(case.write(Path(folder)))


@settings(max_examples=150, deadline=None)
@given(case=CASES)
def test_every_operation_is_published_exactly_as_far_as_its_labels_allow(case: Case) -> None:
    assessment = judged(case)
    assert assessment.intent is not None
    assert assessment.dropped == ()
    operations = {operation.id: operation for operation in assessment.intent.apis[0].versions[0].operations}
    for number, written in enumerate(case.operations):
        assert operations[f"o{number}"].published is case.expected(written)


@settings(max_examples=100, deadline=None)
@given(case=CASES)
def test_what_an_outer_ring_sees_every_inner_ring_sees(case: Case) -> None:
    assessment = judged(case)
    seen = {ring: set[str]() for ring in RINGS}
    for change in plan(None, assessment.snapshot).operations:
        seen[change.ring].add(change.operation.id)
    assert seen[Audience.PUBLIC] <= seen[Audience.PARTNER] <= seen[Audience.INTERNAL]


@settings(max_examples=100, deadline=None)
@given(case=CASES)
def test_bundles_of_outer_rings_hold_no_operation_that_inner_ones_lack(case: Case) -> None:
    assessment = judged(case)
    assert assessment.intent is not None
    compiled, objects = compile_api(assessment.intent.apis[0])
    seen = {ring: _operations(compiled.versions[ring], objects) for ring in RINGS}
    assert seen[Audience.PUBLIC] <= seen[Audience.PARTNER] <= seen[Audience.INTERNAL]
    assert len(seen[Audience.INTERNAL]) == len(case.operations)


def _operations(versions: dict[str, str], objects: dict[str, bytes]) -> set[tuple[str, str]]:
    bundles = [json.loads(objects[name]) for name in versions.values()]
    return {
        (item["template"], method)
        for bundle in bundles
        for item in bundle["paths"]
        for method in item["operations"]
    }


@given(labels=OPERATION_LABELS, cap=LABELS)
def test_no_further_cap_ever_widens(labels: OperationLabels[int], cap: Label[int]) -> None:
    capped = OperationLabels(labels.operation, labels.path_item, (*labels.caps, cap))
    assert decide(capped).published <= decide(labels).published


@given(labels=OPERATION_LABELS)
def test_nothing_is_wider_than_anything_that_encloses_it(labels: OperationLabels[int]) -> None:
    verdict = decide(labels)
    grants = [label for label in (labels.operation, labels.path_item) if label is not None]
    assert verdict.published <= verdict.granted
    assert all(verdict.published <= label.audience for label in (*grants, *labels.caps) if grants)


@given(audience=AUDIENCES, inner=AUDIENCES, outer=AUDIENCES)
def test_reach_is_monotone(audience: Audience, inner: Audience, outer: Audience) -> None:
    if inner <= outer and audience.reaches(outer):
        assert audience.reaches(inner)

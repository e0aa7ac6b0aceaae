"""Compiled filters without a gateway: the answers of a sweep, cut by the graphs a bundle names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.mock.document import METHODS
from ringwork.openapi.compiled import compile_filters
from ringwork.openapi.load import open_contract
from ringwork.sweep.judging import Arrived, Judge, RingRules
from ringwork.sweep.planning import Plan, Planning
from ringwork.sweep.results import Results
from ringwork.sweep.subject import Served, Subject
from ringwork.sweep.tokens import Tokens
from tools.labelling import AUDIENCES, label_at_random

_OUTER = (Audience.PARTNER, Audience.PUBLIC)
_NOTHING = Arrived(502, {"content-type": "application/problem+json"}, b"{}")


def sweep_filters(root: Path, document: dict[str, Any], random: Random, share: float) -> Results:
    """Labels `document` at random, compiles it for the outer rings, and judges what its filters let through."""
    label_at_random(document, random, share)
    for item in document.get("paths", {}).values():
        for method in METHODS:
            if isinstance(item.get(method), dict):
                item[method]["x-audience"] = random.choice(AUDIENCES)
    (root / "contract.json").write_text(json.dumps(document))
    return sweep_labelled(root)


def sweep_labelled(root: Path) -> Results:
    """The same of `contract.json` in `root`, whose operations are published as their own labels say."""
    opened = open_contract(root, "contract.json", ())
    results = Results()
    if opened.native is None or opened.contract is None:
        return results
    published = {operation.id: _published(operation.label) for operation in opened.contract.operations}
    nowhere = dict.fromkeys(RINGS, "")
    served = Served(0, "real", "v1", Audience.PUBLIC, published, nowhere, nowhere, header_version=False)
    subject = Subject(served, root, "contract.json", ())
    judge, planning = Judge(subject, results), Planning(subject.document, Tokens())
    cuts = {
        ring: _Cut(
            opened.native,
            ring,
            [one for one in opened.contract.operations if published[one.id].reaches(ring)],
        )
        for ring in _OUTER
    }
    for operation in subject.operations():
        for plan in planning.plans(operation):
            for ring, cut in cuts.items():
                if operation.published.reaches(ring) and operation.id in cut.operations:
                    judge.judge(operation, RingRules(ring), plan, cut.arrived(operation.id, plan))
    return results


def _published(label: Any) -> Audience:
    return Audience[label.value.upper()] if label is not None else Audience.INTERNAL


class _Cut:
    """What a gateway does to answers on one ring, as far as it is the projection's."""

    def __init__(self, native: _native.Contract, ring: Audience, operations: Iterable[Any]) -> None:
        projection = json.loads(compile_filters(native, ring, list(operations)).written)
        self.operations = projection["operations"]
        self._filter = _native.Filter(projection["nodes"])

    def arrived(self, operation: str, plan: Plan) -> Arrived:
        statuses = self.operations[operation]["statuses"]
        keys = (str(plan.status), f"{plan.status // 100}XX", "default")
        response = next((statuses[key] for key in keys if key in statuses), None)
        if response is None:
            return _NOTHING
        headers = {name: value for name, value in plan.headers.items() if name in response.get("headers", ())}
        if plan.media_type is None:
            return Arrived(plan.status, headers, b"")
        content = _content(response.get("content", {}), plan.media_type.partition(";")[0].strip().lower())
        if content is None or content == "opaque":
            opaque = content == "opaque" and self.operations[operation].get("opaque", False)
            return (
                Arrived(plan.status, headers | {"content-type": plan.media_type}, plan.body)
                if opaque
                else _NOTHING
            )
        form = plan.media_type.partition(";")[0]
        framing = {
            "text/event-stream": "events",
            "application/json-seq": "sequence",
            "application/x-ndjson": "lines",
            "application/jsonl": "lines",
        }.get(form, "json")
        cut = self._filter.project(plan.body, root=content["json"], framing=framing)  # type: ignore[arg-type]
        if cut["fault"] is not None:
            return _NOTHING
        return Arrived(plan.status, headers | {"content-type": plan.media_type}, cut["body"])


def _content(declared: dict[str, Any], form: str) -> Any:
    kind = form.partition("/")[0]
    return next((declared[name] for name in (form, f"{kind}/*", "*/*") if name in declared), None)

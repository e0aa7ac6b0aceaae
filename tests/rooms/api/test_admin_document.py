"""The admin API's OpenAPI document: whole, bounded, and the same wherever it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from ringwork.api.application import openapi_document
from tests.scenarios.conversation import Say, say

__all__ = ["say"]

DOCUMENT = openapi_document()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
# What every operation may answer, whoever calls it.
ALWAYS = {"401", "413", "421", "422", "429", "431", "500", "503"}


def schemas(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of the document that says what type a value has, and where it is."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield place, node
        for name, each in node.items():
            yield from schemas(each, f"{place}/{name}")
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from schemas(each, f"{place}/{index}")


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    validate(DOCUMENT)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len({*names}) == len(names)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_is_described_with_all_it_answers(operation: dict[str, Any]) -> None:
    assert operation["summary"] and operation["tags"]
    assert operation["responses"].keys() >= ALWAYS
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status >= "400":
            (schema,) = (each["schema"] for each in content.values())
            assert list(content) == ["application/problem+json"]
            assert schema["allOf"][1]["properties"]["code"]["enum"]
        elif "application/json" in content:
            assert "$ref" in content["application/json"]["schema"]


def test_tags_and_the_credential_are_described() -> None:
    used = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert {tag["name"] for tag in DOCUMENT["tags"]} == used
    assert DOCUMENT["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert DOCUMENT["security"] == [{"token": []}]


def test_everything_has_a_bound() -> None:
    bounds = {
        "string": {"maxLength", "enum", "const", "format"},
        "array": {"maxItems"},
        "integer": {"maximum", "const"},
    }
    free = [
        place
        for place, schema in schemas(DOCUMENT)
        if schema["type"] in bounds
        and not bounds[schema["type"]] & schema.keys()
        and not place.endswith("/text~1plain/schema")
        and "text/plain" not in place
        and "securitySchemes" not in place
    ]
    assert free == []


def test_objects_are_closed_but_for_what_a_newer_gateway_says() -> None:
    objects = {
        name
        for name, schema in DOCUMENT["components"]["schemas"].items()
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    }
    assert objects == {"Readiness", "RingStatus", "ServiceLack", "LimitsShared", "Export"}


def test_a_command_writes_it_where_nothing_runs(say: Say) -> None:
    assert say("export", "admin-api").json() == json.loads(json.dumps(DOCUMENT))

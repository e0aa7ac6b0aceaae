"""Fields that were seen become additions to the schema they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.governance.proposals import Proposals, SeenField, propose

ORDER = {
    "type": "object",
    "properties": {
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
        "by name/it's": {"type": "object", "properties": {}},
        "labels": {"additionalProperties": {"type": "object"}},
    },
}
PART_OF_ORDER = {"allOf": [{}, {"$ref": "#/components/schemas/Order"}]}
PROBLEM = {"application/problem+json": {"schema": {"type": "object"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/orders/{id}": {
            "get": {
                "operationId": "getOrder",
                "responses": {
                    "200": {"$ref": "#/components/responses/One"},
                    "default": {"content": PROBLEM},
                },
            },
            "put": {
                "requestBody": {"content": {"application/json": {"schema": PART_OF_ORDER}}},
                "responses": {"2XX": {"content": {"application/json": {"schema": {"$ref": "other.yaml"}}}}},
            },
        }
    },
    "components": {
        "responses": {"One": {"content": {"text/csv": {}, "application/json": {"schema": PART_OF_ORDER}}}},
        "schemas": {"Order": ORDER, "Line": {"type": "object"}},
    },
}


def proposed(
    pointer: str, operation: str = "getOrder", status: int | None = 200, part: str = "response"
) -> Proposals:
    return propose(DOCUMENT, [SeenField(operation, part, status, pointer, 3, "2026-11-21T10:00:00Z")])


@pytest.mark.parametrize(
    ("pointer", "target", "name"),
    [
        ("/lines/*/cost", "$['components']['schemas']['Line']", "cost"),
        ("/by name~1it's/x~0y", "$['components']['schemas']['Order']['properties']['by name/it\\'s']", "x~y"),
        (
            "/labels/*/x",
            "$['components']['schemas']['Order']['properties']['labels']['additionalProperties']",
            "x",
        ),
        ("/top", "$['components']['responses']['One']['content']['application/json']['schema']", "top"),
    ],
)
def test_the_action_adds_to_the_schema_that_declares_what_is_around_the_field(
    pointer: str, target: str, name: str
) -> None:
    [(path, update)] = proposed(pointer).actions.items()
    assert path == target
    assert list(update["properties"]) == [name]


def test_a_status_is_declared_by_itself_its_class_or_the_default() -> None:
    [path] = proposed("/code", status=404).actions
    assert (
        path
        == "$['paths']['/orders/{id}']['get']['responses']['default']['content']['application/problem+json']['schema']"
    )


@pytest.mark.parametrize(
    ("pointer", "operation"),
    [
        ("/nowhere/x", "getOrder"),
        ("/x", "PUT /orders/{id}"),
        ("/x", "unknown"),
        ("", "getOrder"),
        ("/lines/*", "getOrder"),
    ],
)
def test_what_has_no_schema_in_the_entry_document_is_said(pointer: str, operation: str) -> None:
    found = proposed(pointer, operation)
    assert not found.actions
    assert [seen.pointer for seen in found.unplaced] == [pointer]


def test_a_field_of_a_request_is_added_to_the_schema_of_its_body() -> None:
    [(path, update)] = proposed("/lines/*/gift", "PUT /orders/{id}", None, "body").actions.items()
    assert path == "$['components']['schemas']['Line']"
    assert list(update["properties"]) == ["gift"]
    assert proposed("/lines/*/gift", "getOrder", None, "body").unplaced


def test_a_query_parameter_is_added_to_its_operation_once() -> None:
    seen = [
        SeenField("getOrder", "query", None, name, 3, "2026-11-21T10:00:00Z")
        for name in ("page", "page", "by")
    ]
    [(path, update)] = propose(DOCUMENT, seen).actions.items()
    assert path == "$['paths']['/orders/{id}']['get']"
    assert [(one["name"], one["in"]) for one in update["parameters"]] == [("page", "query"), ("by", "query")]
    assert proposed("page", "nobody's", None, "query").unplaced

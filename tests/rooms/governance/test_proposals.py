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
                "responses": {"2XX": {"content": {"application/json": {"schema": {"$ref": "other.yaml"}}}}}
            },
        }
    },
    "components": {
        "responses": {"One": {"content": {"text/csv": {}, "application/json": {"schema": PART_OF_ORDER}}}},
        "schemas": {"Order": ORDER, "Line": {"type": "object"}},
    },
}


def proposed(pointer: str, operation: str = "getOrder", status: int = 200) -> Proposals:
    return propose(DOCUMENT, [SeenField(operation, status, pointer, 3, "2026-11-21T10:00:00Z")])


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

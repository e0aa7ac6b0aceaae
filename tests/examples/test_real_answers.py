"""The upstream of `make demo-real` answers what a contract says, and ends on every contract."""

from __future__ import annotations

from typing import Any

import pytest

from examples.real.answers import Answer, Contract
from examples.real.upstream import ExampleService


def _document(content: dict[str, Any], **components: Any) -> dict[str, Any]:
    operation = {"responses": {"200": {"description": "", "content": {"application/json": content}}}}
    return {"paths": {"/thing": {"get": operation}}, "components": components}


def _body(document: dict[str, Any]) -> Any:
    contract = Contract(document)
    return contract.answer(document["paths"]["/thing"]["get"]).body


def test_an_example_comes_before_the_first_of_examples_and_that_before_the_schema() -> None:
    schema = {"type": "string"}
    several = {"first": {"value": "one"}, "second": {"value": "two"}}
    assert _body(_document({"schema": schema, "examples": several, "example": "the one"})) == "the one"
    assert _body(_document({"schema": schema, "examples": several})) == "one"
    assert _body(_document({"schema": schema})) == "text"


def test_an_example_by_reference_is_followed() -> None:
    content = {"examples": {"default": {"$ref": "#/components/examples/a~1b"}}}
    assert _body(_document(content, examples={"a/b": {"value": [1]}})) == [1]


def test_references_are_percent_decoded() -> None:
    content = {"schema": {"$ref": "#/components/schemas/%7Bid%7D"}}
    assert _body(_document(content, schemas={"{id}": {"const": 7}})) == 7


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "string", "format": "date"}, "2026-11-21"),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["text", "text"]),
        ({"type": "object", "required": ["a"], "properties": {"a": {"const": 1}, "b": {}}}, {"a": 1}),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]},
            {"a": 1, "b": 2},
        ),
        ({"oneOf": [{"const": "first"}, {"const": "second"}]}, "first"),
        (True, None),
    ],
)
def test_without_example_the_schema_gives_the_least_it_allows(schema: Any, value: Any) -> None:
    assert _body(_document({"schema": schema})) == value


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    tree = {
        "type": "object",
        "required": ["child"],
        "properties": {"child": {"$ref": "#/components/schemas/T"}},
    }
    assert "child" in _body(_document({"schema": {"$ref": "#/components/schemas/T"}}, schemas={"T": tree}))


def test_a_reference_to_itself_comes_to_an_end() -> None:
    loop = {"$ref": "#/components/schemas/L"}
    assert _body(_document({"schema": loop}, schemas={"L": loop})) is None


def _service() -> ExampleService:
    def named(name: str, code: str = "200") -> dict[str, Any]:
        content = {"application/json": {"example": name}} if code != "204" else {}
        return {"responses": {code: {"description": "", "content": content}}}

    return ExampleService(
        {
            "paths": {
                "/orders/{id}": {"get": named("one"), "delete": named("", "204")},
                "/orders/export": {"get": named("export")},
                "/{owner}/{repo}": {"get": named("repository")},
                "/compare/{base}...{head}": {"get": named("compared")},
            }
        }
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/orders/42", "one"),
        ("/orders/export", "export"),
        ("/octocat/hello", "repository"),
        ("/compare/v1...v2", "compared"),
    ],
)
def test_the_most_literal_template_answers(path: str, name: str) -> None:
    assert _service().answer("GET", path) == Answer(200, name)


def test_what_is_not_in_the_contract_is_not_found() -> None:
    assert _service().answer("GET", "/a/b/c").status == 404
    assert _service().answer("PUT", "/orders/42").status == 404


def test_a_response_without_content_has_no_body() -> None:
    assert _service().answer("DELETE", "/orders/42") == Answer(204, None)

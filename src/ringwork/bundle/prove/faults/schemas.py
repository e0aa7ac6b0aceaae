"""Faults of the JSON Schemas in rules for requests: which values may be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ringwork.bundle.prove.faults.rules import Edit, Json, held, on_both, on_public, places, rules
from ringwork.bundle.prove.faults.tampering import first, found

_BRANCHES = ("allOf", "anyOf", "oneOf")
_FIELDS = ("properties", "$defs")


def _schemas(schema: Any) -> Iterator[Json]:
    """A schema and all in it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key in _FIELDS:
        for below in schema.get(key, {}).values():
            yield from _schemas(below)
    for key in ("items", "additionalProperties"):
        yield from _schemas(schema.get(key))
    for key in _BRANCHES:
        for branch in schema.get(key, ()):
            yield from _schemas(branch)


def _definitions(change: Callable[[Json], None]) -> Edit:
    return lambda validation: first(
        change, (one for schema in validation["definitions"].values() for one in _schemas(schema))
    )


def _forgotten(*keys: str) -> Callable[[Json], None]:
    """A schema does not ask for one of these any more."""

    def change(schema: Json) -> None:
        del schema[found([key for key in keys if key in schema])[0]]

    return change


def _raised(key: str) -> Callable[[Json], None]:
    def change(schema: Json) -> None:
        found(key in schema)
        schema[key] *= 1_000

    return change


def _value_added(schema: Json) -> None:
    found(schema.get("enum")).append("escalated")


def _type_added(schema: Json) -> None:
    named = found(schema.get("type"))
    schema["type"] = [*([named] if isinstance(named, str) else named), "boolean"]


def _field_forgotten(schema: Json) -> None:
    """One field may be of any value."""
    bounded = [name for name, one in schema.get("properties", {}).items() if one.get("type") == "string"]
    name = found(bounded)[0]
    schema["properties"][name] = True


def _field_optional(schema: Json) -> None:
    schema["required"] = found(schema.get("required"))[1:]


def _branch_added(schema: Json) -> None:
    found(schema.get("anyOf") or schema.get("oneOf"))
    branches = schema.get("anyOf") or schema["oneOf"]
    branches[0] = {}


def _part_forgotten(schema: Json) -> None:
    found(schema.get("allOf")).pop()


def _of_parameters(change: Callable[[Json], None]) -> Edit:
    """Schemas of single parameters, and what is in them."""

    def within(rule: Json) -> None:
        own = (schema for place in places(rule) for schema in place.get("properties", {}).values())
        first(change, (schema for one in own for schema in _schemas(one)))

    return rules(within)


def _definition_emptied(validation: Json) -> None:
    """A body of one operation is of any value."""
    names = [held["schema"] for held in held(validation)]
    validation["definitions"][found(names)[0]] = True


SCHEMA_FAULTS = (
    *on_both("body-schema-emptied", "a body is of whatever value", _definition_emptied),
    *on_both("required-dropped", "a required field may be left out", _definitions(_field_optional)),
    on_public(
        "maximum-dropped", "a number has no bound", _definitions(_forgotten("maximum", "exclusiveMaximum"))
    ),
    on_public(
        "minimum-dropped",
        "a number may be too small",
        _definitions(_forgotten("minimum", "exclusiveMinimum")),
    ),
    on_public("maximum-raised", "a number may be too large", _definitions(_raised("maximum"))),
    on_public("length-dropped", "a text has no bound", _definitions(_forgotten("maxLength"))),
    on_public("length-raised", "a text may be too long", _definitions(_raised("maxLength"))),
    on_public("least-length-dropped", "a text may be too short", _definitions(_forgotten("minLength"))),
    on_public("items-unbounded", "a list has no bound", _definitions(_forgotten("maxItems"))),
    on_public("fields-unbounded", "an object has no bound", _definitions(_forgotten("maxProperties"))),
    on_public("step-dropped", "a number may be between two steps", _definitions(_forgotten("multipleOf"))),
    on_public("pattern-dropped", "a text is of whatever pattern", _definitions(_forgotten("pattern"))),
    on_public("format-dropped", "a text is of whatever format", _definitions(_forgotten("format"))),
    on_public("type-dropped", "a value is of whatever type", _definitions(_forgotten("type"))),
    on_public("type-added", "a value is of one type more", _definitions(_type_added)),
    on_public(
        "values-dropped",
        "every value is sent where some are listed",
        _definitions(_forgotten("enum", "const")),
    ),
    on_public("value-added", "a value is sent that no enumeration lists", _definitions(_value_added)),
    on_public("field-unheld", "a field is of whatever value", _definitions(_field_forgotten)),
    on_public("items-unheld", "items are of whatever value", _definitions(_forgotten("items"))),
    on_public(
        "additional-unheld",
        "fields nobody names are of whatever value",
        _definitions(_forgotten("additionalProperties")),
    ),
    on_public(
        "alternative-emptied", "one of several kinds is of whatever value", _definitions(_branch_added)
    ),
    on_public("part-forgotten", "what is included is not asked for", _definitions(_part_forgotten)),
    on_public(
        "parameter-value-added",
        "a value of a parameter is sent that no enumeration lists",
        _of_parameters(_value_added),
    ),
    on_public(
        "parameter-values-dropped", "every value of a parameter is sent", _of_parameters(_forgotten("enum"))
    ),
    on_public(
        "parameter-bound-dropped",
        "a parameter has no bound",
        _of_parameters(_forgotten("maximum", "maxLength")),
    ),
    on_public(
        "parameter-type-dropped", "a parameter is of whatever type", _of_parameters(_forgotten("type"))
    ),
)

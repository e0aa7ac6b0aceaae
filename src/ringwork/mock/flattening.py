"""A schema made flat: without references, `allOf`, unions and conditions, for one way through its unions.

What fits the flat schema fits the whole one, as far as keywords can be joined: `not` and `oneOf`'s demand that no
second branch fits are left to chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringwork.mock.document import MAX_REFERENCES, Document, Json, Schema, as_schema

# A union of a schema, by keyword, and which of its branches is taken.
Choose = Callable[[Schema, Sequence[Json]], int]

_LOWEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_HIGHEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_JOINED = frozenset(("$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "discriminator"))


def first_branch(_schema: Schema, _branches: Sequence[Json]) -> int:
    """For those who want the same way each time."""
    return 0


class Flattening:
    """`choose` decides at each `oneOf` and `anyOf` that is met, outermost first."""

    def __init__(self, document: Document, choose: Choose = first_branch) -> None:
        self._document = document
        self._choose = choose

    def flat(self, schema: Json) -> dict[str, Json]:
        """A new dictionary. `types` holds JSON types, those that are named; empty: any."""
        whole: dict[str, Json] = {"types": []}
        self._add(whole, schema, named=None, depth=0)
        return whole

    def _add(self, whole: dict[str, Json], schema: Json, named: str | None, depth: int) -> None:
        schema = as_schema(schema)
        if depth > MAX_REFERENCES:
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self._add(whole, self._document.at(reference), named or reference, depth + 1)
            if self._document.is_3_0:
                return  # what stands beside a reference means nothing there
        self._join(whole, schema)
        self._name(whole, schema, named)
        for branch in _listed(schema, "allOf"):
            self._add(whole, branch, named, depth + 1)
        for keyword in ("oneOf", "anyOf"):
            branches = _listed(schema, keyword)
            if branches:
                branch = branches[self._choose(schema, branches) % len(branches)]
                self._add(whole, branch, None, depth + 1)
                if isinstance(branch, dict):
                    self._name(whole, schema, branch.get("$ref"))
        if "if" in schema and "then" in schema:
            self._add(whole, schema["if"], None, depth + 1)
            self._add(whole, schema["then"], None, depth + 1)

    def _join(self, whole: dict[str, Json], schema: Schema) -> None:
        for keyword, value in schema.items():
            if keyword in _JOINED:
                continue
            if keyword == "type":
                _join_types(whole, value, nullable=schema.get("nullable") is True)
            elif keyword == "properties" and isinstance(value, Mapping):
                _join_properties(whole.setdefault("properties", {}), value)
            elif keyword == "required" and isinstance(value, list):
                whole["required"] = list(dict.fromkeys([*whole.get("required", ()), *value]))
            elif keyword in ("items", "additionalProperties") and keyword in whole:
                whole[keyword] = {"allOf": [whole[keyword], value]}
            elif keyword == "enum" and keyword in whole:
                whole[keyword] = [one for one in whole[keyword] if one in value]
            elif keyword in _LOWEST and _both_numbers(whole.get(keyword), value):
                whole[keyword] = min(whole[keyword], value)
            elif keyword in _HIGHEST and _both_numbers(whole.get(keyword), value):
                whole[keyword] = max(whole[keyword], value)
            else:
                whole.setdefault(keyword, value)

    def _name(self, whole: dict[str, Json], schema: Schema, reference: str | None) -> None:
        """A base with a discriminator: its property says which of its heirs this is."""
        discriminator = schema.get("discriminator")
        if reference is None or not isinstance(discriminator, Mapping):
            return
        mapping = discriminator.get("mapping")
        known = {str(to): name for name, to in mapping.items()} if isinstance(mapping, Mapping) else {}
        plain = reference.rpartition("/")[2]
        name = known.get(reference, known.get(plain, plain))
        property = str(discriminator.get("propertyName"))
        _join_properties(whole.setdefault("properties", {}), {property: {"const": name}})


def _join_types(whole: dict[str, Json], said: Json, *, nullable: bool) -> None:
    types = [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)]
    types += ["null"] if nullable else []
    before = whole["types"]
    whole["types"] = [
        one for one in before if one in types or (one == "integer" and "number" in types)
    ] or types
    if "integer" in types and "number" in before:
        whole["types"] = types


def _join_properties(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, schema in more.items():
        whole[name] = {"allOf": [whole[name], schema]} if name in whole else schema


def _both_numbers(one: Json, other: Json) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))


def _listed(schema: Schema, keyword: str) -> list[Json]:
    listed = schema.get(keyword)
    return listed if isinstance(listed, list) else []

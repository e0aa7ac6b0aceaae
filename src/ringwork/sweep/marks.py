"""Every schema of a contract is numbered in its `description` as its files are read, so that it is found again in what
a ring is shown. Descriptions survive projection, and nothing is decided by them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ringwork import _native
from ringwork.openapi.files import ContractFiles

Json = Any

_MARK = "§"
_TYPES = frozenset(("object", "array", "string", "integer", "number", "boolean", "null"))
_MAPS_OF_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS_OF_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMAS = (
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
# Below these stands data, unless the key is a name.
_DATA = frozenset(("example", "examples", "default", "const", "enum", "value"))
# What these hold has names, which are no keywords.
_NAMED = frozenset(
    (
        *("schemas", "responses", "parameters", "requestBodies", "headers", "callbacks", "content", "paths"),
        *("links", "pathItems", "webhooks"),
    )
)


class MarkedFiles(ContractFiles):
    """Reads files as `ContractFiles` does, numbered, as JSON. `places`: mark → file and JSON Pointer.

    `plain` are names that are read as they are: overlays, which hold parts of documents.
    """

    def __init__(self, root: Path, plain: Collection[str]) -> None:
        super().__init__(root)
        self._plain = frozenset(plain)
        self._marked: dict[str, bytes] = {}
        self.places: dict[str, str] = {}

    def read(self, name: str) -> tuple[str, bytes]:
        canonical, data = super().read(name)
        if name in self._plain:
            return canonical, data
        if canonical not in self._marked:
            self._marked[canonical] = self._numbered(canonical, data)
        return canonical, self._marked[canonical]

    def _numbered(self, name: str, data: bytes) -> bytes:
        try:
            root = _native.Document.parse(data, name).value()
        except _native.DocumentError:
            return data  # whoever reads it next says what is wrong
        for pointer, schema in schemas_in(root):
            mark = f"{_MARK}{len(self.places)}"
            self.places[mark] = f"{name}#{pointer}"
            schema["description"] = mark
            schema.pop("x-description-audience", None)
        return json.dumps(root, ensure_ascii=False).encode("utf-8", "surrogatepass")


def mark_of(schema: Mapping[str, Json]) -> str | None:
    """None for a schema nobody numbered."""
    description = schema.get("description")
    return description if isinstance(description, str) and description.startswith(_MARK) else None


def marked_in(document: Json) -> dict[str, dict[str, Json]]:
    """Mark → schema, of what a ring is shown."""
    return {mark: schema for _, schema in schemas_in(document) if (mark := mark_of(schema)) is not None}


def schemas_in(document: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Pointer and schema, of a whole document or of a part of one that is a file of its own."""
    stack: list[tuple[str, str, Json]] = [("", "", document)]
    while stack:
        place, key, node = stack.pop()
        if isinstance(node, list):
            stack.extend((f"{place}/{number}", "", child) for number, child in enumerate(node))
        elif isinstance(node, dict) and key not in _NAMED and _is_schema(node):
            yield from _schema(place, node)
        elif isinstance(node, dict):
            for name, child in node.items():
                at = f"{place}/{escaped(name)}"
                if key == "schemas" or (key not in _NAMED and name == "schema"):
                    yield from _schema(at, child)
                elif key in _NAMED or not (name in _DATA or name.startswith("x-")):
                    stack.append((at, "" if key in _NAMED else name, child))


def _is_schema(node: dict[str, Json]) -> bool:
    """Of an object somewhere in a file: whether it can only be one."""
    kinds = node.get("type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return (
        any(isinstance(kind, str) and kind in _TYPES for kind in named)
        or isinstance(node.get("properties"), dict)
        or any(isinstance(node.get(keyword), list) for keyword in ("allOf", "oneOf", "anyOf", "enum"))
    )


def _schema(pointer: str, root: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """A schema and those within it."""
    stack = [(pointer, root)]
    while stack:
        place, schema = stack.pop()
        if isinstance(schema, dict):
            yield place, schema
            stack.extend(_children(place, schema))


def _children(place: str, schema: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    for keyword in _MAPS_OF_SCHEMAS:
        if isinstance(schema.get(keyword), dict):
            for name, child in schema[keyword].items():
                yield f"{place}/{keyword}/{escaped(name)}", child
    for keyword in _LISTS_OF_SCHEMAS:
        if isinstance(schema.get(keyword), list):
            yield from (
                (f"{place}/{keyword}/{number}", child) for number, child in enumerate(schema[keyword])
            )
    yield from ((f"{place}/{keyword}", schema[keyword]) for keyword in _SCHEMAS if keyword in schema)


def escaped(name: str) -> str:
    """A member's name in a JSON Pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")

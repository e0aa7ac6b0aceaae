"""Random audience labels on real documents: what nobody prepared for is what a projection must stand."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

AUDIENCES = ("internal", "partner", "public")
# Below these keys stands data, which is no part of the document; unless the key is the name of a part.
_DATA = frozenset(("example", "examples", "default", "const", "enum", "value", "x-enum-audience", "mapping"))
_MAPS_OF_PARTS = frozenset(
    ("properties", "patternProperties", "headers", "responses", "content", "schemas", "parameters")
)
_LISTS_OF_PARTS = frozenset(("parameters", "oneOf", "anyOf", "allOf"))


def label_at_random(document: dict[str, Any], random: Random, share: float) -> None:
    """Labels `share` of the parts of a parsed document in place, and one value of twice as many enums."""
    for part in _parts(document):
        if random.random() < share and "x-audience" not in part:
            part["x-audience"] = random.choice(AUDIENCES)
    for schema in _schemas_with_enum(document):
        values = [value for value in schema["enum"] if isinstance(value, str)]
        if values and random.random() < 2 * share:
            schema["x-enum-audience"] = {random.choice(values): random.choice(AUDIENCES)}


def _parts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in ("paths", "components"):
        for key, holder in list(_nodes(document.get(section, {}))):
            if isinstance(holder, dict) and key in _MAPS_OF_PARTS:
                yield from (part for part in holder.values() if isinstance(part, dict))
            elif isinstance(holder, list) and key in _LISTS_OF_PARTS:
                yield from (part for part in holder if isinstance(part, dict))


def _schemas_with_enum(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for _, node in _nodes(document):
        if isinstance(node, dict) and isinstance(node.get("enum"), list):
            yield node


def _nodes(value: Any) -> Iterator[tuple[str, Any]]:
    """Every object and list that is no data, with the key it stands under."""
    open_nodes: list[tuple[str, Any]] = [("", value)]
    while open_nodes:
        key, node = open_nodes.pop()
        yield key, node
        if isinstance(node, dict):
            for name, child in node.items():
                is_data = name.startswith("x-") or (name in _DATA and key not in _MAPS_OF_PARTS)
                if isinstance(child, dict | list) and not is_data:
                    open_nodes.append((name, child))
        elif isinstance(node, list):
            open_nodes.extend(("", child) for child in node if isinstance(child, dict | list))

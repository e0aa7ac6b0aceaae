"""What must be true of a projected document, read off the document alone and without Ringwork."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import openapi_spec_validator

# Data, unless it is the name of something.
_VALUES = frozenset(("example", "default", "const", "enum", "value"))
_MAPS = frozenset(
    (
        *("properties", "patternProperties", "dependentSchemas"),
        *("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "links", "callbacks"),
        *("content", "encoding", "paths", "webhooks"),
    )
)
_UNIONS = frozenset(("oneOf", "anyOf", "allOf"))


@cache
def _validator(version: str) -> Any:
    folder = Path(openapi_spec_validator.__file__).parent / "resources" / "schemas" / version
    return jsonschema_rs.validator_for(json.loads((folder / "schema.json").read_bytes()))


def _of_version(document: dict[str, Any]) -> Any:
    return _validator("v3.0" if str(document.get("openapi", "")).startswith("3.0") else "v3.1")


def is_valid(document: dict[str, Any]) -> bool:
    """By the JSON Schema of its version of OpenAPI."""
    return bool(_of_version(document).is_valid(document))


def why_invalid(document: dict[str, Any]) -> str:
    error = next(iter(_of_version(document).iter_errors(document)))
    return f"/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"


Node = tuple[str, str, Any]


def _walk(roots: dict[str, Any]) -> Iterator[Node]:
    """Path, key and value of every object and list below `roots` that is no data; items of lists have no number.

    The key of what a map holds is empty: a property may well be named `properties`.
    """
    stack: list[Node] = [(f"/{key}", key, value) for key, value in roots.items()]
    while stack:
        path, key, node = stack.pop()
        yield path, key, node
        if isinstance(node, list):
            stack.extend((path, "", child) for child in node if isinstance(child, dict | list))
        elif isinstance(node, dict):
            for name, child in node.items():
                if isinstance(child, dict | list) and (key in _MAPS or name not in _VALUES):
                    token = "union" if key not in _MAPS and name in _UNIONS else name
                    stack.append((f"{path}/{token}", "" if key in _MAPS else name, child))


def facts(document: dict[str, Any]) -> frozenset[str]:
    """What a document shows: operations, parameters, fields, enum values, by where they are, branches unnumbered."""
    found: set[str] = set()
    roots: dict[str, Any] = {key: document.get(key, {}) for key in ("paths", "webhooks")}
    roots["components"] = document.get("components", {}) | {"securitySchemes": {}}
    for path, key, node in _walk(roots):
        if isinstance(node, dict):
            if key in _MAPS:
                found.update(f"{path}/{name}" for name in node)
            elif isinstance(node.get("name"), str) and "in" in node:
                found.add(f"{path} {node['in']} {node['name']}")
            if key not in _MAPS and isinstance(node.get("enum"), list):
                found.update(f"{path} = {value}" for value in node["enum"] if isinstance(value, str))
    return frozenset(found)


def references(roots: dict[str, Any]) -> set[str]:
    """Texts of all references, a discriminator's among them."""
    found: set[str] = set()
    for _, key, node in _walk(roots):
        if isinstance(node, dict) and key not in _MAPS:
            if isinstance(node.get("$ref"), str):
                found.add(node["$ref"])
            if key == "discriminator":
                found.update(node.get("mapping", {}).values())
    return found


def dangling(document: dict[str, Any]) -> list[str]:
    names = {f"#/components/{section}/{name}" for section, name, _ in _components(document)}
    return sorted(one for one in references(document) if _unescaped(one) not in names)


def unreachable(document: dict[str, Any]) -> list[str]:
    """Components no path, webhook or heir of a discriminator leads to."""
    values = {f"#/components/{section}/{name}": value for section, name, value in _components(document)}
    heirs = _heirs(values)
    roots: dict[str, Any] = {key: document.get(key, {}) for key in ("paths", "webhooks")}
    open_names = [_unescaped(reference) for reference in references(roots)]
    reached: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name in values and name not in reached:
            reached.add(name)
            open_names += [_unescaped(reference) for reference in references({"": values[name]})]
            open_names += heirs.get(name, ())
    return sorted(values.keys() - reached)


def _heirs(values: dict[str, Any]) -> dict[str, list[str]]:
    """Schemas that include another by `allOf`: where that has a discriminator they may stand in its place."""
    heirs: dict[str, list[str]] = {}
    for name, value in values.items():
        branches = value.get("allOf", []) if isinstance(value, dict) else []
        for branch in branches:
            if isinstance(branch, dict) and isinstance(branch.get("$ref"), str):
                heirs.setdefault(_unescaped(branch["$ref"]), []).append(name)
    return heirs


def _components(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for section, entries in document.get("components", {}).items():
        if section != "securitySchemes" and isinstance(entries, dict):
            yield from ((section, name, value) for name, value in entries.items())


def _unescaped(reference: str) -> str:
    return unquote(reference).replace("~1", "/").replace("~0", "~")

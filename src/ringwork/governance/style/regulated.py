"""Which parts of a ring's document are about sensitive values: operations that lead to one, and what holds it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.governance.exposed.items import ExposedItem

# Beginnings of paths in a document.
Parts = frozenset[tuple[str, ...]]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_REFERENCE = re.compile(r'"\$ref": "#/components/([^/"]+)/([^/"]+)')
_NAMED = re.compile(r"#/components/([^/]+)/([^/]+)")


def regulated_parts(items: Iterable[ExposedItem], document: Mapping[str, Any]) -> Parts:
    """`items`: what the outer rings send and read. Components are known by their names in the document."""
    named: set[tuple[str, ...]] = set()
    operations: set[tuple[str, ...]] = set()
    for item in items:
        if item.sensitive:
            operations |= {_operation(item.name), _operation(item.through)} - {()}
            match = _NAMED.search(item.name)
            named |= {("components", match[1], match[2])} if match else set()
    components = _reaching(document, named)
    return frozenset(operations | components | _operations(document, components))


def _operation(said: str) -> tuple[str, ...]:
    """`GET /orders responses/200` → its path in a document."""
    method, _, rest = said.partition(" ")
    known = method.lower() in _METHODS and rest.startswith("/")
    return ("paths", rest.split(" ")[0], method.lower()) if known else ()


def _reaching(document: Mapping[str, Any], named: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """These components, and those that refer to them."""
    sections = document.get("components")
    if not named or not isinstance(sections, dict):
        return named
    refers = {
        ("components", section, name): _references(value)
        for section, members in sections.items()
        if isinstance(members, dict)
        for name, value in members.items()
    }
    found, before = set(named), -1
    while len(found) != before:
        before = len(found)
        found |= {component for component, to in refers.items() if to & found}
    return found


def _operations(document: Mapping[str, Any], components: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    paths = document.get("paths")
    return {
        ("paths", template, method)
        for template, item in (paths.items() if components and isinstance(paths, dict) else ())
        if isinstance(item, dict)
        for method in _METHODS
        if method in item and _references(item[method]) & components
    }


def _references(value: Any) -> set[tuple[str, ...]]:
    return {("components", section, name) for section, name in _REFERENCE.findall(json.dumps(value))}

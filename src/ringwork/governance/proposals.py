"""From fields that were seen and not declared to an OpenAPI Overlay that declares them, for somebody to review.

An overlay changes the entry document only; what belongs into another file is said, with the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ringwork.kernel.pointer import pointer_tokens

# References followed from one schema.
_CHAIN = 100
_COMBINATIONS = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class SeenField:
    """An undeclared field in the responses of an operation; `pointer` as in the access log."""

    operation: str
    status: int
    pointer: str
    count: int
    last_seen: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """`actions` of an overlay, by JSONPath; `unplaced`: fields for which no schema of the entry document was found."""

    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    unplaced: list[SeenField] = field(default_factory=list)

    def overlay(self, title: str) -> dict[str, Any]:
        """OpenAPI Overlay 1.0."""
        actions = [{"target": target, "update": update} for target, update in sorted(self.actions.items())]
        return {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}


def propose(document: Mapping[str, Any], fields: Iterable[SeenField]) -> Proposals:
    """Additions to `document` (plain values, references as they are) that declare `fields`."""
    proposals = Proposals()
    for seen in fields:
        place = _place(document, seen)
        if place is None:
            proposals.unplaced.append(seen)
            continue
        tokens, name = place
        update = proposals.actions.setdefault(_json_path(document, tokens), {"properties": {}})
        update["properties"].setdefault(name, {"description": _description(seen)})
    return proposals


def _description(seen: SeenField) -> str:
    return (
        f"Seen {seen.count:,} times, last at {seen.last_seen}. Say what it is, its type, and who may see it."
    )


def _place(document: Mapping[str, Any], seen: SeenField) -> tuple[list[str], str] | None:
    """Where the schema stands that the field is to be added to, and the field's name."""
    *steps, name = pointer_tokens(seen.pointer) or [""]
    if not name or name == "*":
        return None
    for place in _bodies(document, seen):
        found = _walk(document, place, steps)
        if found is not None:
            return found, name
    return None


def _bodies(document: Mapping[str, Any], seen: SeenField) -> Iterator[list[str]]:
    """Schemas of the operation's JSON bodies with this status."""
    for path, item in _objects(document.get("paths")):
        for method, operation in _objects(item):
            own = operation.get("operationId") or f"{method.upper()} {path}"
            if own == seen.operation:
                yield from _schemas(document, ["paths", path, method, "responses"], seen.status)


def _schemas(document: Mapping[str, Any], responses: list[str], status: int) -> Iterator[list[str]]:
    for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        place = _followed(document, [*responses, key])
        if place is None:
            continue
        for media_type, content in _objects(_at(document, [*place, "content"])):
            if "json" in media_type and "schema" in content:
                yield [*place, "content", media_type, "schema"]
        return


def _walk(document: Mapping[str, Any], place: list[str], steps: list[str]) -> list[str] | None:
    """The schema that is reached from the one at `place`."""
    found = _followed(document, place)
    if found is None or not isinstance(_at(document, found), dict):
        return None
    if not steps:
        return found
    step, *rest = steps
    schema = _at(document, found)
    inner = ["items"] if step == "*" and "items" in schema else ["properties", step]
    if step == "*" and "items" not in schema:
        inner = ["additionalProperties"]
    if isinstance(_at(document, [*found, *inner]), dict):
        return _walk(document, [*found, *inner], rest)
    for key in _COMBINATIONS:
        for index in range(len(schema.get(key, ()))):
            branch = _walk(document, [*found, key, str(index)], steps)
            if branch is not None:
                return branch
    return None


def _followed(document: Mapping[str, Any], place: list[str]) -> list[str] | None:
    """Where the references at `place` lead within the document."""
    for _ in range(_CHAIN):
        value = _at(document, place)
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return None if value is None else place
        if not reference.startswith("#/"):
            return None
        place = pointer_tokens(unquote(reference[1:]))
    return None


def _at(document: Any, tokens: list[str]) -> Any:
    value = document
    for token in tokens:
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value


def _objects(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, member in value.items() if isinstance(value, dict) else ():
        if isinstance(member, dict):
            yield str(name), member


def _json_path(document: Mapping[str, Any], tokens: list[str]) -> str:
    """RFC 9535; names quoted, since a status is a name."""
    path = "$"
    value: Any = document
    for token in tokens:
        path += f"[{token}]" if isinstance(value, list) else f"['{_escaped(token)}']"
        value = _at(value, [token])
    return path


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")

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
# Media types of bodies that have fields.
_STRUCTURED = ("json", "x-www-form-urlencoded", "multipart/form-data")
_COMBINATIONS = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class SeenField:
    """An undeclared part of an operation's calls: in the body of a `response` with `status`, in the `body` of a
    request, or one of its `query` parameters. `pointer` as in the access log, or the parameter's name.
    """

    operation: str
    part: str
    status: int | None
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
        if seen.part == "query":
            _propose_parameter(proposals, document, seen)
            continue
        place = _place(document, seen)
        if place is None:
            proposals.unplaced.append(seen)
            continue
        tokens, name = place
        update = proposals.actions.setdefault(_json_path(document, tokens), {})
        update.setdefault("properties", {}).setdefault(name, {"description": _description(seen)})
    return proposals


def _propose_parameter(proposals: Proposals, document: Mapping[str, Any], seen: SeenField) -> None:
    """A list in an overlay's update is added to the one that is there (Overlay 1.0, §4.4.3.1)."""
    place = next((place for place, own in _operations(document) if own == seen.operation), None)
    if place is None:
        proposals.unplaced.append(seen)
        return
    update = proposals.actions.setdefault(_json_path(document, place), {})
    parameter = {"name": seen.pointer, "in": "query", "description": _description(seen), "schema": {}}
    known = update.setdefault("parameters", [])
    if seen.pointer not in (one["name"] for one in known):
        known.append(parameter)


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
    """Schemas of the operation's bodies: of its requests, or of its responses with this status."""
    for operation, own in _operations(document):
        if own != seen.operation:
            continue
        if seen.part == "body":
            yield from _schemas(document, [*operation, "requestBody"], _STRUCTURED)
        elif seen.status is not None:
            yield from _schemas(document, _response(document, operation, seen.status), ("json",))


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    """Where each operation stands, and what it is called."""
    for path, item in _objects(document.get("paths")):
        for method, operation in _objects(item):
            yield ["paths", path, method], operation.get("operationId") or f"{method.upper()} {path}"


def _response(document: Mapping[str, Any], operation: list[str], status: int) -> list[str]:
    keys = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    places = ([*operation, "responses", key] for key in keys)
    return next((place for place in places if _at(document, place) is not None), [])


def _schemas(
    document: Mapping[str, Any], holder: list[str], media_types: tuple[str, ...]
) -> Iterator[list[str]]:
    place = _followed(document, holder) if holder else None
    if place is None:
        return
    for media_type, content in _objects(_at(document, [*place, "content"])):
        if any(kind in media_type for kind in media_types) and "schema" in content:
            yield [*place, "content", media_type, "schema"]


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

"""What a contract says an operation answers: its example, or the smallest value its schema allows.

Works on a parsed OpenAPI 3.0 or 3.1 document; references point into the document itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Json = Any

_MAX_DEPTH = 12
_MAX_REFERENCES = 32
_DATE = "2026-11-21"
_TEXT_BY_FORMAT = {
    "date": _DATE,
    "date-time": f"{_DATE}T09:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is None where the contract declares no JSON content."""

    status: int
    body: Json | None


class Contract:
    """The operations of one document and their answers."""

    def __init__(self, document: dict[str, Json]) -> None:
        self._document = document

    def operations(self) -> Iterator[tuple[str, str, dict[str, Json]]]:
        """(method in upper case, path template, operation object)."""
        for template, item in self._document.get("paths", {}).items():
            for method in ("get", "put", "post", "delete", "options", "head", "patch", "trace"):
                if method in item:
                    yield method.upper(), template, item[method]

    def answer(self, operation: dict[str, Json]) -> Answer:
        """The first successful response: example, else first of `examples`, else derived from the schema."""
        status, response = self._successful(operation)
        for media_type, content in response.get("content", {}).items():
            if "json" in media_type:
                return Answer(status, self._example(content))
        return Answer(status, None)

    def _successful(self, operation: dict[str, Json]) -> tuple[int, dict[str, Json]]:
        responses = operation.get("responses", {})
        for code in sorted(responses, key=str):
            if str(code).startswith("2") and str(code).isdigit():
                return int(code), self._resolved(responses[code])
        return 200, self._resolved(responses.get("2XX", responses.get("default", {})))

    def _example(self, content: dict[str, Json]) -> Json:
        if "example" in content:
            return content["example"]
        for example in content.get("examples", {}).values():
            resolved = self._resolved(example)
            if "value" in resolved:
                return resolved["value"]
        return self._smallest(content.get("schema", {}), 0)

    def _smallest(self, schema: Json, depth: int) -> Json:
        """The least a schema asks for; `example`, `default`, `const` and `enum` where it gives them."""
        schema = self._resolved(schema)
        if not isinstance(schema, dict) or depth > _MAX_DEPTH:
            return None
        for word in ("example", "default", "const"):
            if word in schema:
                return schema[word]
        for word in ("examples", "enum"):
            if isinstance(schema.get(word), list) and schema[word]:
                return schema[word][0]
        for word in ("oneOf", "anyOf"):
            if schema.get(word) and "properties" not in schema:
                return self._smallest(schema[word][0], depth + 1)
        return self._typed(schema, depth)

    def _typed(self, schema: dict[str, Json], depth: int) -> Json:
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            items = self._smallest(schema.get("items", {}), depth + 1)
            return [] if items is None else [items] * max(1, min(int(schema.get("minItems", 1)), 10))
        if kind == "string":
            return _TEXT_BY_FORMAT.get(str(schema.get("format")), "text")
        if kind in ("integer", "number"):
            return max(schema.get("minimum", 1), 0)
        return True if kind == "boolean" else None

    def _object(self, schema: dict[str, Json], depth: int) -> dict[str, Json]:
        """Required members; all declared ones where none is required. `allOf` adds its own."""
        whole: dict[str, Json] = {}
        for part in schema.get("allOf", []):
            value = self._smallest(part, depth + 1)
            whole |= value if isinstance(value, dict) else {}
        properties = schema.get("properties", {})
        wanted = schema.get("required") or list(properties)
        members = {name: self._smallest(properties[name], depth + 1) for name in wanted if name in properties}
        return whole | members

    def _resolved(self, value: Json) -> Json:
        """Follows `$ref`, at most so often that a cycle ends."""
        for _ in range(_MAX_REFERENCES):
            if not (isinstance(value, dict) and isinstance(value.get("$ref"), str)):
                return value
            value = self._at(value["$ref"])
        return {}

    def _at(self, reference: str) -> Json:
        """What a JSON pointer in a URI fragment names (RFC 6901 §6); `{}` where there is nothing."""
        place: Json = self._document
        for part in reference.removeprefix("#/").split("/"):
            member = unquote(part).replace("~1", "/").replace("~0", "~")
            place = place.get(member, {}) if isinstance(place, dict) else {}
        return place


def _kind(schema: dict[str, Json]) -> str | None:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if kind is None and ("properties" in schema or "allOf" in schema):
        return "object"
    return kind if isinstance(kind, str) else None

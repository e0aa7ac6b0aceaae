"""One OpenAPI 3.0 or 3.1 document as plain values. Nothing is looked at before somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

Json = Any
Schema = Mapping[str, Json]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# References to references; a longer chain is a circle.
MAX_REFERENCES = 32

EVERYTHING: Schema = {}
NOTHING: Schema = {"not": {}}


class Document:
    """References lead into the document itself; one that leads nowhere leads to `{}`."""

    def __init__(self, root: Mapping[str, Json]) -> None:
        self.root = root
        self.is_3_0 = str(root.get("openapi", "")).startswith("3.0")
        self._at = lru_cache(maxsize=10_000)(self._looked_up)

    def resolved(self, value: Json) -> dict[str, Json]:
        """The object a part is, by whatever references; `{}` for what is none."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(value, dict):
                return {}
            if not isinstance(value.get("$ref"), str):
                return value
            value = self._at(value["$ref"])
        return {}

    def at(self, reference: str) -> Json:
        """What a reference leads to, which may be a reference."""
        return self._at(reference)

    def content(self, part: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
        """Media type → media type object, of a response or a request body."""
        content = part.get("content")
        return (
            {str(name): self.resolved(one) for name, one in content.items()}
            if isinstance(content, dict)
            else {}
        )

    def members(self, part: Mapping[str, Json], key: str) -> dict[str, Json]:
        """The map under `key`; `{}` where there is none."""
        found = part.get(key)
        return found if isinstance(found, dict) else {}

    def paths(self) -> Iterator[tuple[str, dict[str, Json]]]:
        """(template, path item as written)."""
        paths = self.root.get("paths")
        for template, item in (paths if isinstance(paths, dict) else {}).items():
            if template.startswith("/") and isinstance(item, dict):
                yield template, item

    def parameters(self, item: Mapping[str, Json], operation: Mapping[str, Json]) -> list[dict[str, Json]]:
        """Those of an operation: its own in place of its path's."""
        found: dict[tuple[str, str], dict[str, Json]] = {}
        for holder in (item, operation):
            listed = holder.get("parameters")
            for one in listed if isinstance(listed, list) else ():
                parameter = self.resolved(one)
                found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
        return list(found.values())

    def _looked_up(self, reference: str) -> Json:
        """RFC 6901 section 6."""
        place: Json = self.root
        for part in reference.removeprefix("#").split("/")[1:]:
            token = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(place, dict):
                place = place.get(token, {})
            elif isinstance(place, list) and token.isdigit() and int(token) < len(place):
                place = place[int(token)]
            else:
                return {}
        return place


def as_schema(value: Json) -> Schema:
    """Boolean schemas as what they mean."""
    if value is False:
        return NOTHING
    return value if isinstance(value, dict) else EVERYTHING

"""A request as the contract reads it: its parameters and body as values, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringwork.mock.document import Document, Json
from ringwork.mock.fitting import misfit, read
from ringwork.mock.flattening import Flattening
from ringwork.mock.media import essence, is_json

_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


@dataclass(frozen=True, slots=True)
class Request:
    """`query` keeps names that repeat; header names are lower case; `path` is as sent, percent-encoded."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Asked:
    """`values`: path and query parameters by name; `body`: members of a JSON object, otherwise empty."""

    values: Mapping[str, Json]
    body: Mapping[str, Json]
    mistakes: Sequence[str]

    @property
    def most_items(self) -> int | None:
        """How long lists may be, where the request says so."""
        limit = next((self.values[name] for name in _LIMITS if name in self.values), None)
        return limit if isinstance(limit, int) and limit >= 0 else None


_LIMITS = ("limit", "per_page", "page_size", "pageSize", "perPage")


class Reading:
    """Parameters and bodies of one document's operations."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._flattening = Flattening(document)

    def asked(
        self,
        request: Request,
        variables: Mapping[str, str],
        item: Mapping[str, Any],
        operation: Mapping[str, Any],
    ) -> Asked:
        values: dict[str, Json] = {}
        mistakes: list[str] = []
        for parameter in self._document.parameters(item, operation):
            place, name = str(parameter.get("in")), str(parameter.get("name"))
            sent = _sent(request, variables, place, parameter)
            if not sent:
                if (
                    parameter.get("required") is True
                    and place != "path"
                    and not _is_object(self._flat(parameter))
                ):
                    mistakes.append(f"{place} parameter {name} is missing")
                continue
            value, wrong = self._value(parameter, sent)
            if wrong is not None:
                mistakes.append(f"{place} parameter {name} {wrong}")
            elif place in ("path", "query"):
                values[name] = value
        body, more = self._body(request, operation)
        return Asked(values, body, [*mistakes, *more])

    def _flat(self, parameter: Mapping[str, Any]) -> dict[str, Json]:
        return self._flattening.flat(parameter.get("schema"))

    def _value(self, parameter: Mapping[str, Any], sent: Sequence[str]) -> tuple[Json, str | None]:
        """Unions and what a `content` describes are taken as they come: a mock refuses what is plainly wrong."""
        schema = self._document.resolved(parameter.get("schema"))
        flat = self._flat(parameter)
        if "content" in parameter or "oneOf" in schema or "anyOf" in schema or _is_object(flat):
            return sent[-1], None
        if "array" in flat["types"]:
            items = self._flattening.flat(flat.get("items"))
            values = [read(items, text) for text in sent]
            wrong = next((wrong for one in values if (wrong := misfit(items, one))), None)
            return values, None if wrong is None else f"has an item that {wrong}"
        value = read(flat, sent[-1])
        return value, misfit(flat, value)

    def _body(self, request: Request, operation: Mapping[str, Any]) -> tuple[Mapping[str, Json], list[str]]:
        declared = self._document.resolved(operation.get("requestBody"))
        if not request.body:
            return {}, ["the body is missing"] if declared.get("required") is True else []
        sent_as = essence(request.headers.get("content-type", "application/json"))
        if not is_json(sent_as):
            return {}, []
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            return {}, ["the body is not JSON"]
        content = self._document.content(declared)
        schema = next((one.get("schema") for name, one in content.items() if is_json(name)), None)
        wrong = None if schema is None else self._wrong_with(body, schema)
        return (body if isinstance(body, dict) else {}), [] if wrong is None else [f"the body {wrong}"]

    def _wrong_with(self, body: Json, schema: Json) -> str | None:
        whole = self._document.resolved(schema)
        if "oneOf" in whole or "anyOf" in whole:
            return None
        flat = self._flattening.flat(schema)
        required = flat.get("required", ()) if isinstance(body, dict) else ()
        properties = flat.get("properties", {})
        missing = [
            name for name in required if name not in body and not self._is_read_only(properties.get(name))
        ]
        return f"lacks {', '.join(map(str, missing))}" if missing else misfit(flat, body)

    def _is_read_only(self, schema: Json) -> bool:
        return self._document.resolved(schema).get("readOnly") is True


def _sent(
    request: Request, variables: Mapping[str, str], place: str, parameter: Mapping[str, Any]
) -> list[str]:
    """The texts a parameter was sent as: one, or those of a list."""
    name = str(parameter.get("name"))
    match place:
        case "path":
            found = [variables[name]] if name in variables else []
        case "query":
            found = [value for key, value in request.query if key in (name, f"{name}[]")]
        case "header":
            found = [request.headers[name.lower()]] if name.lower() in request.headers else []
        case _:
            found = []
    is_split = place != "query" or parameter.get("explode") is False or parameter.get("style") in _DELIMITERS
    schema = parameter.get("schema")
    if len(found) == 1 and is_split and isinstance(schema, Mapping) and schema.get("type") == "array":
        return found[0].split(_DELIMITERS.get(str(parameter.get("style")), ","))
    return found


def _is_object(flat: Mapping[str, Any]) -> bool:
    """Written as several parameters (form, deepObject), which a mock does not put together."""
    return "object" in flat["types"] or "properties" in flat

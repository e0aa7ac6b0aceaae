"""Requests that fit a contract: what is demanded, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from ringwork.mock.document import Document, Json
from ringwork.mock.media import essence, is_json
from ringwork.mock.values import Values

_VARIABLE = re.compile(r"\{([^{}]*)\}")
# What OpenAPI says is no parameter (Parameter Object, `in: header`).
_NO_PARAMETERS = frozenset(("accept", "content-type", "authorization"))
_LONGEST_SEGMENT = 60


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is below the API's own, percent-encoded; `query` begins with `?` or is empty."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def request(
    document: Document,
    method: str,
    template: str,
    item: Mapping[str, Any],
    operation: Mapping[str, Any],
    seed: int,
) -> Request:
    """One that fits the operation, by `document`, which is what the caller was given. Other seeds, other values."""
    chance = Random(f"{seed} {method} {template}")
    with_examples = seed % 2 == 0
    values = Values(document, chance, "request", examples=with_examples, all_members=False)
    variables: dict[str, str] = {}
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    for parameter in document.parameters(item, operation):
        name, place = str(parameter.get("name")), str(parameter.get("in"))
        if place == "path":
            variables[name] = _text(_value(document, values, parameter, with_examples))[:_LONGEST_SEGMENT]
        elif parameter.get("required") is True and place == "query":
            query += _in_query(parameter, name, _value(document, values, parameter, with_examples))
        elif parameter.get("required") is True and place == "header" and name.lower() not in _NO_PARAMETERS:
            headers[name.lower()] = _printable(_text(_value(document, values, parameter, with_examples)))
        elif parameter.get("required") is True and place == "cookie":
            headers["cookie"] = f"{name}={quote(_text(_value(document, values, parameter, with_examples)))}"
    path = _VARIABLE.sub(lambda found: quote(variables.get(found[1]) or "x1", safe=""), template)
    media_type, body = _body(document, values, operation)
    if media_type is not None:
        headers["content-type"] = media_type
    return Request(method, path, f"?{urlencode(query)}" if query else "", headers, body)


def _value(document: Document, values: Values, parameter: Mapping[str, Any], with_examples: bool) -> Json:
    if with_examples and "example" in parameter:
        return parameter["example"]
    content = document.content(parameter)
    if content:
        described = next(iter(content.values()))
        return json.dumps(values.value(described.get("schema")))
    return values.value(parameter.get("schema"))


def _in_query(parameter: Mapping[str, Any], name: str, value: Json) -> list[tuple[str, str]]:
    style, explode = (
        parameter.get("style", "form"),
        parameter.get("explode", parameter.get("style", "form") == "form"),
    )
    if isinstance(value, list) and explode is False:
        delimiter = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(str(style), ",")
        return [(name, delimiter.join(map(_text, value)))]
    if isinstance(value, list):
        return [(name, _text(one)) for one in value]
    if isinstance(value, dict) and style == "deepObject":
        return [(f"{name}[{key}]", _text(one)) for key, one in value.items()]
    if isinstance(value, dict) and explode is not False:
        return [(key, _text(one)) for key, one in value.items()]
    return [(name, _text(value))]


def _body(document: Document, values: Values, operation: Mapping[str, Any]) -> tuple[str | None, bytes]:
    content = document.content(document.resolved(operation.get("requestBody")))
    best = min(content, key=_preference, default=None)
    if best is None:
        return None, b""
    described = content[best]
    value = described["example"] if "example" in described else values.value(described.get("schema"))
    form = essence(best)
    if form == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return form, urlencode({key: _text(one) for key, one in value.items()}).encode()
    if form == "multipart/form-data" and isinstance(value, dict):
        return f"{form}; boundary=ringwork", _multipart(value)
    return form, json.dumps(value).encode() if is_json(best) else _text(value).encode()


def _preference(media_type: str) -> int:
    form = essence(media_type)
    known = ("application/x-www-form-urlencoded", "multipart/form-data")
    return 0 if is_json(media_type) else known.index(form) + 1 if form in known else 3


def _multipart(value: Mapping[str, Json]) -> bytes:
    parts = (
        f'--ringwork\r\ncontent-disposition: form-data; name="{quote(name)}"\r\n\r\n{_text(one)}\r\n'
        for name, one in value.items()
    )
    return ("".join(parts) + "--ringwork--\r\n").encode()


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _printable(text: str) -> str:
    return "".join(character for character in text if " " <= character <= "~").strip() or "x"

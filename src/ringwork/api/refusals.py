"""With which codes an operation refuses, as its OpenAPI document says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.api.problems import MEDIA_TYPE, TITLES

Responses = dict[int | str, dict[str, Any]]
# Status → codes that are answered with it.
Codes = Mapping[int, tuple[str, ...]]

# Before the operation is known, or whatever it is.
_ALWAYS: Codes = {
    401: ("session-over", "session-unchecked", "token-invalid", "token-missing"),
    403: ("permission-missing",),
    413: ("body-too-large",),
    421: ("host-foreign",),
    422: ("request-malformed",),
    429: ("rate-limited",),
    431: ("head-too-large",),
    500: ("fault",),
    503: ("disk-full", "file-unusable", "identity-unavailable", "store-unusable"),
}
# RFC 9110 §11.6.1.
_CHALLENGE: dict[str, Any] = {
    "description": "RFC 6750 §3.",
    "schema": {"type": "string", "pattern": "^Bearer", "maxLength": 256},
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds (RFC 9110 §10.2.3).",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]{1,5}$", "maxLength": 5},
    }
}
_FIELDS = {
    401: {"WWW-Authenticate": _CHALLENGE | {"required": True}},
    403: {"WWW-Authenticate": _CHALLENGE},
    429: _RETRY_AFTER,
}
_LOCATION = {
    "Location": {
        "description": "Where it can be read from now on.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 128},
    }
}

NOTHING_APPLIED = {409: ("nothing-applied",)}
NO_LIFETIME = {400: ("lifetime-malformed", "lifetime-too-long")}


def refusals(*operation: Codes) -> Responses:
    """`responses` of a route: what `operation` refuses, and what every operation does."""
    codes: dict[int, set[str]] = {}
    for given in (_ALWAYS, *operation):
        for status, names in given.items():
            codes.setdefault(status, set()).update(names)
    return {status: _response(status, sorted(names)) for status, names in sorted(codes.items())}


def created(*headers: Mapping[str, Any]) -> Responses:
    """`responses` of what makes something that can be read afterwards."""
    fields = {name: field for each in (_LOCATION, *headers) for name, field in each.items()}
    return {201: {"headers": fields}}


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    described: dict[str, Any] = {
        "description": TITLES[status],
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
    return described | ({"headers": _FIELDS[status]} if status in _FIELDS else {})

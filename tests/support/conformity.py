"""Whether what the admin API answers is what its OpenAPI document says: status, media type, header fields, body."""

from __future__ import annotations

import re
from typing import Any

import httpx
import jsonschema_rs

_UNDECLARED = {404, 405}


class Conformity:
    """As an event hook of a client, it reads every answer: `event_hooks={"response": [conformity]}`."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        # What is written out comes before templates (OpenAPI 3.1 §4.8.8).
        paths = sorted(document["paths"].items(), key=lambda each: each[0].count("{"))
        self._paths = [(_pattern(path), item) for path, item in paths]

    def __call__(self, response: httpx.Response) -> None:
        response.read()
        # As it was sent: a `/` of a parameter's is `%2F` there.
        path = response.request.url.raw_path.decode().partition("?")[0]
        operation = self._operation(response.request.method, path)
        if operation is None:
            assert (
                response.status_code in {*_UNDECLARED, 401, 421}
                or response.request.url.path == "/openapi.json"
            )
            return
        declared = operation["responses"].get(str(response.status_code))
        assert declared is not None, f"{operation['operationId']} declares no {response.status_code}"
        for name, field in declared.get("headers", {}).items():
            assert name in response.headers or not field.get("required"), name
        self._check_body(declared.get("content", {}), response)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        item: dict[str, Any] = next((item for pattern, item in self._paths if pattern.fullmatch(path)), {})
        return item.get(method.lower())

    def _check_body(self, content: dict[str, Any], response: httpx.Response) -> None:
        if not content:
            assert response.content == b""
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content
        if media_type.endswith("json"):
            schema = content[media_type]["schema"] | {"components": self._components}
            validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            errors = [
                f"{error.instance_path}: {error.message}" for error in validator.iter_errors(response.json())
            ]
            assert not errors, errors


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template))

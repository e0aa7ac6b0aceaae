"""The JSON Schema Test Suite as requests: each schema is what an operation takes, each instance a body that is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ringwork import _native
from ringwork.openapi.projection import NUMBERED_WORDS

SUITE = Path(__file__).resolve().parents[2] / ".cache" / "json-schema-test-suite"
# What stands in an OpenAPI document of a version is this draft: 3.0's schemas are an "extended subset" of draft 4.
DRAFTS = {"3.0.4": "draft4", "3.1.1": "draft2020-12"}
# The one thing a ring's document adds to JSON Schema: what nobody declared cannot be sent.
NOT_DECLARED = "cannot be sent here"
Verdict = Literal["taken", "closed", "refused", "not served"]

_OPERATION = "send"
_JSON = "application/json"
_HERE = "#/components/schemas/Sent"
_DATA = ("const", "enum", "default", "examples")


@dataclass(frozen=True, slots=True)
class Group:
    """A schema and its instances; `name` is the file without its ending, and what the group is about."""

    name: str
    schema: Any
    tests: list[dict[str, Any]]


def groups(draft: str) -> Iterator[Group]:
    folder = SUITE / "tests" / draft
    for file in sorted(folder.rglob("*.json")):
        stem = file.relative_to(folder).with_suffix("").as_posix()
        for group in json.loads(file.read_bytes()):
            yield Group(f"{stem}: {group['description']}", group["schema"], group["tests"])


class Sending:
    """An operation that takes what a schema describes; `ring` as `ringwork.audience.Audience`. `codes`: of findings."""

    def __init__(self, openapi: str, schema: Any, ring: int) -> None:
        self.codes: set[str] = set()
        self._rules: _native.RequestRules | None = None
        try:
            contract = _native.Contract.load("api.json", _only(_document(openapi, schema)), [])
        except _native.ContractError as unreadable:
            self.codes = {problem.code for problem in unreadable.problems}
            return
        asked: Any = {"ring": ring, "words": NUMBERED_WORDS, "operations": [(_OPERATION, [0])]}
        written, unservable, problems = _native.compile_requests(contract, **asked)
        told = (*contract.problems, *problems, *_native.compile_projection(contract, **asked)[2])
        self.codes = {problem.code for problem in told}
        if not unservable and not any(problem.severity == "error" for problem in contract.problems):
            self._rules = _native.RequestRules(written, [(_OPERATION, "/")])

    def verdict(self, instance: Any) -> Verdict:
        """`closed`: only because something in it was not declared; `not served`: a finding says so (`codes`)."""
        if self._rules is None:
            return "not served"
        refused = self._rules.judge_body(_OPERATION, _JSON, _body(instance))
        if refused is None:
            return "taken"
        if refused["code"] == "media_type_unsupported":
            return "not served"
        return "closed" if all(one["detail"] == NOT_DECLARED for one in refused["errors"]) else "refused"

    def fits(self, instance: Any) -> bool | None:
        """Whether JSON Schema alone has nothing against it, as it is told where everything passes. None: not judged."""
        if self._rules is None:
            return None
        rows = self._rules.note_body(_OPERATION, _JSON, _body(instance))
        return not [row for row in rows if row["reason"] != "undeclared"]


def _body(instance: Any) -> bytes:
    return json.dumps(instance).encode()


def _document(openapi: str, schema: Any) -> bytes:
    content = {_JSON: {"schema": {"$ref": _HERE}}}
    operation = {
        "operationId": _OPERATION,
        "x-audience": "external-public",
        "requestBody": {"required": True, "content": content},
        "responses": {"204": {"description": "Taken"}},
    }
    document = {
        "openapi": openapi,
        "info": {"title": "Suite", "version": "1.0.0"},
        "paths": {"/": {"post": operation}},
        "components": {"schemas": {"Sent": _moved(schema)}},
    }
    return json.dumps(document).encode()


def _moved(schema: Any) -> Any:
    """References into the schema, where it is no document of its own."""
    if isinstance(schema, list):
        return [_moved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {name: one if name in _DATA else _moved(one) for name, one in schema.items()}
    reference = schema.get("$ref")
    if isinstance(reference, str) and (reference == "#" or reference.startswith("#/")):
        moved["$ref"] = _HERE + reference[1:]
    return moved


def _only(document: bytes) -> Any:
    def read(base: str, reference: str) -> tuple[str, bytes]:
        if base:
            raise _Elsewhere(reference)
        return "api.json", document

    return read


class _Elsewhere(Exception):
    """Nothing else is read."""

    code = "reference-elsewhere"
    help = "Refer to the document itself."

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.message = f"{reference} is another file"

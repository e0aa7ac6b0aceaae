"""The answer of a contract to a request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

from ringwork.mock.asked import Asked, Reading, Request
from ringwork.mock.document import Document, Json
from ringwork.mock.fitting import fits
from ringwork.mock.flattening import Flattening
from ringwork.mock.media import chosen, encoded, essence, sent_as
from ringwork.mock.paths import Found, Paths, methods_of
from ringwork.mock.preferences import Preferences, preferences
from ringwork.mock.values import Values

PROBLEM = "application/problem+json"
_BODILESS = frozenset((204, 205, 304))
_WRITING = frozenset(("POST", "PUT", "PATCH"))
# Framing and the like is the server's business, not the contract's.
_NOT_DECLARED = frozenset(
    ("content-type", "content-length", "transfer-encoding", "connection", "content-encoding")
)
_LONGEST_HEADER = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is empty where there is none; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Mock:
    """Answers for one document. The same request gets the same answer, with the same seed."""

    def __init__(self, root: Mapping[str, Any], seed: int = 0) -> None:
        self._document = Document(root)
        self._paths = Paths(self._document)
        self._reading = Reading(self._document)
        self._flattening = Flattening(self._document)
        self._seed = seed
        self._prefixes = _prefixes(root)

    def answer(self, request: Request) -> Answer:
        found = self._found(request.path)
        if found is None:
            return problem(404, "Not in the contract", f"The contract has no path {request.path[:200]}.")
        methods = methods_of(found.item)
        if request.method not in methods:
            return _other_method(request.method, methods)
        declared = request.method if isinstance(found.item.get(request.method.lower()), dict) else "GET"
        answer = self._of_operation(request, found, found.item[declared.lower()])
        return Answer(answer.status, answer.headers) if request.method == "HEAD" else answer

    def _found(self, path: str) -> Found | None:
        """Below the path of the document's own servers, too: there clients look for it."""
        for prefix in self._prefixes:
            if path.startswith(f"{prefix}/"):
                found = self._paths.find(path[len(prefix) :])
                if found is not None:
                    return found
        return self._paths.find(path)

    def _of_operation(self, request: Request, found: Found, operation: Mapping[str, Any]) -> Answer:
        wanted = preferences(request.headers.get("prefer"))
        asked = self._reading.asked(request, found.variables, found.item, operation)
        if asked.mistakes and wanted.code is None:
            return problem(400, "Not what the contract asks for", "; ".join(asked.mistakes[:20]) + ".")
        responses = self._document.members(operation, "responses")
        status, response = self._response(responses, wanted.code)
        if status is None:
            known = ", ".join(map(str, responses)) or "none"
            return problem(
                400, "No such response", f"The contract declares no {wanted.code} here, only {known}."
            )
        answer = self._said(request, found, asked, wanted, status, response)
        applied = {"preference-applied": wanted.applied} if wanted.applied else {}
        return Answer(answer.status, {**answer.headers, **applied}, answer.body)

    def _response(
        self, responses: Mapping[str, Any], code: int | None
    ) -> tuple[int | None, Mapping[str, Any]]:
        """The response of a status, exact before ranges before the default; without one the best that is declared."""
        known = {str(key).upper(): value for key, value in responses.items() if not str(key).startswith("x-")}
        status = code or _usual_status(known)
        for key in (str(status), f"{status // 100}XX", "DEFAULT"):
            if key in known:
                return status, self._document.resolved(known[key])
        return (status, {}) if code is None else (None, {})

    def _said(
        self,
        request: Request,
        found: Found,
        asked: Asked,
        wanted: Preferences,
        status: int,
        response: Mapping[str, Any],
    ) -> Answer:
        values = self._values(request, wanted)
        headers = self._headers(values, response)
        content = self._document.content(response)
        if status in _BODILESS or not content:
            return Answer(status, headers)
        media_type = chosen(request.headers.get("accept"), content)
        if media_type is None:
            return problem(406, "Not acceptable", f"The contract answers in {', '.join(content)}.")
        described = content[media_type]
        filled = _filled(request, found, asked)
        if essence(media_type) == PROBLEM:
            filled["status"] = status
        example = self._example(described, wanted)
        if example is not None and wanted.example is None:
            example = self._with_filled(example, described.get("schema"), filled)
        body = values.value(described.get("schema"), filled, asked.most_items) if example is None else example
        return Answer(status, {"content-type": sent_as(media_type), **headers}, encoded(body, media_type))

    def _values(self, request: Request, wanted: Preferences) -> Values:
        # What was asked decides what is made up: the same resource looks the same each time, others differ.
        chance = Random(f"{self._seed} {request.path} {sorted(request.query)} {wanted.code}")
        return Values(self._document, chance, "response", examples=not wanted.dynamic)

    def _example(self, described: Mapping[str, Any], wanted: Preferences) -> Json | None:
        """The named one, or the first; None: there is none, or made up ones were asked for."""
        named = self._document.members(described, "examples")
        if wanted.example in named:
            return self._document.resolved(named[wanted.example]).get("value")
        if wanted.dynamic:
            return None
        if "example" in described:
            return described["example"]
        return next(
            (value["value"] for value in map(self._document.resolved, named.values()) if "value" in value),
            None,
        )

    def _with_filled(self, example: Json, schema: Json, filled: Mapping[str, Json]) -> Json:
        if not isinstance(example, dict) or schema is None:
            return example
        properties = self._flattening.flat(schema).get("properties", {})
        fitting = {
            name: filled[name]
            for name in example
            if name in filled
            and name in properties
            and fits(self._flattening.flat(properties[name]), filled[name])
        }
        return example | fitting

    def _headers(self, values: Values, response: Mapping[str, Any]) -> dict[str, str]:
        made = {}
        for name, written in self._document.members(response, "headers").items():
            header = self._document.resolved(written)
            if name.lower() not in _NOT_DECLARED:
                value = header["example"] if "example" in header else values.value(header.get("schema"))
                made[name.lower()] = _header_text(value)
        return made


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Answer:
    """RFC 9457."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Answer(status, {"content-type": PROBLEM, **(headers or {})}, body.encode())


def _other_method(method: str, methods: Sequence[str]) -> Answer:
    allow = {"allow": ", ".join([*methods, "OPTIONS"])}
    if method == "OPTIONS":
        return Answer(204, allow)
    return problem(405, "Not in the contract", f"The contract has no {method} on this path.", allow)


def _usual_status(responses: Mapping[str, Any]) -> int:
    """The lowest success that is declared; 200 for a range or a default; else the lowest of all."""
    exact = sorted(int(key) for key in responses if key.isdigit() and len(key) == 3)
    success = next((status for status in exact if 200 <= status < 300), None)
    if success is not None or "2XX" in responses or "DEFAULT" in responses:
        return success or 200
    return next((status for status in exact if status >= 200), 200)


def _filled(request: Request, found: Found, asked: Asked) -> dict[str, Json]:
    """Members of an answer that are known: what was sent, what was asked for. `id` is the path's last variable."""
    filled = dict(asked.values)
    last = next(reversed(list(found.variables)), None)
    if last is not None and found.template.endswith("}") and last.lower().endswith("id") and last in filled:
        filled.setdefault("id", filled[last])
    return {**filled, **asked.body} if request.method in _WRITING else filled


def _header_text(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(character for character in text if " " <= character <= "~")[:_LONGEST_HEADER]


def _prefixes(root: Mapping[str, Any]) -> list[str]:
    servers = root.get("servers")
    urls = (
        [str(one.get("url", "")) for one in servers if isinstance(one, dict)]
        if isinstance(servers, list)
        else []
    )
    paths = dict.fromkeys(urlsplit(url).path.rstrip("/") for url in urls if "{" not in url)
    return [path for path in paths if path]

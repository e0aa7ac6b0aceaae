"""What the service answers an operation with: every declared response, and some that nobody declared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ringwork.mock.document import Document, Json
from ringwork.mock.media import encoded, essence, is_json, sent_as
from ringwork.sweep.everything import Everything
from ringwork.sweep.subject import Operation
from ringwork.sweep.tokens import Tokens
from ringwork.sweep.values import Value

MAX_PLANS = 48
_MAX_MEDIA_TYPES = 3
BODILESS = frozenset((204, 205, 304))
_UNDECLARED_STATUSES = (226, 418, 566)
UNDECLARED_TYPE = "application/vnd.undeclared+json"
# Headers every framework adds, and one that nobody knows.
_CHATTER = ("x-powered-by", "x-undeclared", "x-internal-host", "x-debug-trace")
# Framing, and what the gateway writes or rewrites itself: whether they arrive says nothing about the contract.
_NOT_JUDGED = frozenset(
    (
        *(
            "connection",
            "content-encoding",
            "content-length",
            "content-location",
            "content-range",
            "content-type",
        ),
        *("date", "etag", "keep-alive", "last-modified", "link", "location", "proxy-authenticate", "server"),
        *(
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via",
            "www-authenticate",
            "x-request-id",
        ),
        *("age", "cache-control", "expires", "vary", "accept-ranges", "retry-after", "allow"),
    )
)
# One JSON text in each; bodies of several are sent with one.
_TEXTS_IN_A_ROW = frozenset(
    ("application/x-ndjson", "application/jsonl", "application/json-seq", "text/event-stream")
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One response of the service. `key` is that of `responses`, `content` that of the response's `content`; None:
    nobody declared it. `value` is the body with what it is described by; `headers`: name → value sent.
    """

    status: int
    key: str | None
    content: str | None
    media_type: str | None
    value: Value | None
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Planning:
    """For one document."""

    def __init__(self, document: Document, tokens: Tokens) -> None:
        self._document = document
        self._tokens = tokens
        self._everything = Everything(document, tokens)

    def plans(self, operation: Operation) -> Iterator[Plan]:
        """At least one, MAX_PLANS at most; those that somebody declared first."""
        return islice(self._plans(operation), MAX_PLANS)

    def _plans(self, operation: Operation) -> Iterator[Plan]:
        responses = self._document.members(operation.written, "responses")
        usual = _usual(responses)
        for status, key in _statuses(responses):
            yield from self._declared(status, key, self._document.resolved(responses[key]))
        body = self._document.resolved(responses.get(usual)) if usual is not None else {}
        schema: Json = next(
            (one.get("schema") for name, one in self._document.content(body).items() if is_json(name)), {}
        )
        for status in _UNDECLARED_STATUSES:
            if not _covered(responses, status):
                yield self._json(status, None, None, "application/json", self._first(schema), {})
        if usual is not None and not any("*" in name for name in self._document.content(body)):
            status = next(status for status, key in _statuses({usual: body}))
            if status not in BODILESS:
                yield self._json(status, usual, None, UNDECLARED_TYPE, self._first(schema), body)

    def _declared(self, status: int, key: str, response: Mapping[str, Any]) -> Iterator[Plan]:
        content = self._document.content(response)
        if status in BODILESS:
            yield Plan(status, key, None, None, None, b"", self._headers(response))
        elif not content:
            yield self._json(status, key, None, "application/json", self._first({}), response)
        for name, described in list(content.items())[:_MAX_MEDIA_TYPES]:
            if status in BODILESS:
                return
            form = essence(name)
            if is_json(name) or form in _TEXTS_IN_A_ROW:
                for value in self._everything.bodies(described.get("schema", {})):
                    yield self._json(status, key, name, sent_as(name), value, response)
            else:
                value = Value(None, "root", "", (), scalar=self._tokens.text())
                text = str(value.scalar).encode()
                yield Plan(status, key, name, sent_as(name), value, text, self._headers(response))

    def _json(
        self,
        status: int,
        key: str | None,
        content: str | None,
        media_type: str,
        value: Value,
        response: Mapping[str, Any],
    ) -> Plan:
        plain: Json = value.plain()
        in_a_row = essence(media_type) in _TEXTS_IN_A_ROW
        body = encoded([plain] if in_a_row and "event" not in media_type else plain, media_type)
        return Plan(status, key, content, media_type, value, body, self._headers(response))

    def _first(self, schema: Json) -> Value:
        return next(iter(self._everything.bodies(schema)))

    def _headers(self, response: Mapping[str, Any]) -> dict[str, str]:
        """Declared ones that may say anything, and chatter."""
        headers = {name: self._tokens.text() for name in _CHATTER}
        for name, written in self._document.members(response, "headers").items():
            schema = self._document.resolved(self._document.resolved(written).get("schema"))
            if name.lower() not in _NOT_JUDGED and not {"enum", "const"} & schema.keys():
                headers[name.lower()] = self._tokens.text()
        return headers


def decoded(body: bytes, media_type: str) -> Json:
    """The JSON of a body of any type that holds one text. Raises ValueError."""
    form = essence(media_type)
    text = body.decode()
    if form == "text/event-stream":
        lines = [line.removeprefix("data:") for line in text.splitlines() if line.startswith("data:")]
        return json.loads("\n".join(lines))
    return json.loads(text.strip().removeprefix("\x1e"))


def key_for(responses: Mapping[str, Any], status: int) -> str | None:
    """The key of `responses` that describes a status: exact, its range, the default."""
    known = {str(key).upper(): str(key) for key in responses}
    return next((known[key] for key in (str(status), f"{status // 100}XX", "DEFAULT") if key in known), None)


def _covered(responses: Mapping[str, Any], status: int) -> bool:
    return key_for(responses, status) is not None


def _statuses(responses: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """A status for each key; none that is an interim response, or whose meaning is a cache's."""
    exact = {str(key) for key in responses}
    for key in map(str, responses):
        if key.isdigit() and len(key) == 3 and 200 <= int(key) < 600 and key != "304":
            yield int(key), key
        elif key.upper().endswith("XX") and key[0] in "2345":
            free = (
                status
                for status in range(int(key[0]) * 100 + 15, int(key[0]) * 100 + 99)
                if str(status) not in exact
            )
            yield next(free), key
        elif key == "default":
            yield next(status for status in (500, 422, 409, 555) if str(status) not in exact), key


def _usual(responses: Mapping[str, Any]) -> str | None:
    keys = sorted(key for key in map(str, responses) if key[:1] == "2")
    return keys[0] if keys else None

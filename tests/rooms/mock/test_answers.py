"""What a mock answers to a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ringwork.mock.answering import Answer, Mock
from ringwork.mock.asked import Request
from ringwork.mock.preferences import Preferences, preferences

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "string", "enum": ["open", "paid"]},
        "note": {"type": "string"},
        "customer": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
    },
}
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://api.example.com/shop/v1"}],
    "paths": {
        "/orders": {
            "get": {
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 0, "maximum": 50},
                    },
                    {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["open", "paid"]}},
                    {
                        "name": "tags",
                        "in": "query",
                        "schema": {"type": "array", "items": {"type": "integer"}},
                    },
                    {"name": "x-tenant", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "Orders",
                        "headers": {"x-total": {"schema": {"type": "integer", "minimum": 9, "maximum": 9}}},
                        "content": {
                            "application/json": {
                                "schema": {"properties": {"items": {"type": "array", "items": ORDER}}}
                            }
                        },
                    }
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {**ORDER, "required": ["status"]}}},
                },
                "responses": {
                    "201": {"description": "Placed", "content": {"application/json": {"schema": ORDER}}}
                },
            },
        },
        "/orders/{orderId}": {
            "parameters": [
                {
                    "name": "orderId",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "maxLength": 5},
                }
            ],
            "get": {
                "responses": {
                    "200": {
                        "description": "Fine",
                        "content": {
                            "application/json": {
                                "schema": ORDER,
                                "examples": {
                                    "paid": {"value": {"id": "1", "status": "paid"}},
                                    "open": {"value": {"id": "2", "status": "open"}},
                                },
                            },
                            "text/plain": {"schema": {"type": "string", "example": "an order"}},
                        },
                    },
                    "4XX": {
                        "description": "No",
                        "content": {
                            "application/problem+json": {
                                "schema": {
                                    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}}
                                }
                            }
                        },
                    },
                }
            },
            "delete": {"responses": {"204": {"description": "Gone"}}},
        },
        "/orders/{orderId}/export.{format}": {"get": {"responses": {"default": {"description": "Whatever"}}}},
        "/orders/{base}...{head}": {"get": {"responses": {"200": {"description": "Plain"}}}},
        "/orders/latest": {"get": {"responses": {"200": {"description": "Plain"}}}},
    },
}


def ask(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None, seed: int = 0
) -> Answer:
    target, _, query = path.partition("?")
    pairs = [tuple(pair.split("=")) for pair in query.split("&") if pair]
    sent = b"" if body is None else json.dumps(body).encode()
    return Mock(CONTRACT, seed).answer(Request(method, target, pairs, headers or {}, sent))  # type: ignore[arg-type]


def said(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_an_example_is_answered_as_it_is_but_for_what_was_asked() -> None:
    answer = ask("GET", "/orders/77")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert said(answer) == {"id": "77", "status": "paid"}


def test_a_named_example_is_answered_word_for_word() -> None:
    answer = ask("GET", "/orders/77", {"prefer": "example=open"})
    assert said(answer) == {"id": "2", "status": "open"}
    assert answer.headers["preference-applied"] == "example=open"


def test_dynamic_answers_are_made_up_and_the_same_each_time() -> None:
    asked = ("GET", "/orders/77", {"prefer": "dynamic=true"})
    assert said(ask(*asked)).keys() == {"id", "status", "note", "customer"}
    assert ask(*asked).body == ask(*asked).body != ask(*asked, seed=1).body


def test_what_is_asked_about_is_what_is_answered() -> None:
    order = said(ask("GET", "/orders/77", {"prefer": "dynamic"}))
    assert order["id"] == "77" and order["customer"]["id"] != "77"
    items = said(ask("GET", "/orders?status=paid&limit=1"))["items"]
    assert [item["status"] for item in items] == ["paid"]
    assert said(ask("GET", "/orders?limit=0"))["items"] == []


def test_what_is_sent_comes_back_where_the_contract_has_a_place_for_it() -> None:
    sent = {"status": "paid", "note": "quick", "customer": {"name": "Ada"}, "unknown": 1}
    answer = ask("POST", "/orders", body=sent)
    order = said(answer)
    assert answer.status == 201
    assert (order["status"], order["note"], order["customer"]["name"]) == ("paid", "quick", "Ada")
    assert "unknown" not in order


def test_a_status_is_preferred_exactly_or_by_its_range() -> None:
    answer = ask("GET", "/orders/77", {"prefer": "code=404"})
    assert answer.status == 404 and said(answer)["status"] == 404
    assert answer.headers["content-type"] == "application/problem+json"
    refused = ask("GET", "/orders/77", {"prefer": "code=503"})
    assert refused.status == 400 and "200, 4XX" in said(refused)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("GET", "/orders?limit=lots", None, "limit is no integer"),
        ("GET", "/orders?limit=51", None, "limit is more than 50"),
        ("GET", "/orders?status=lost", None, "status is none of open, paid"),
        ("GET", "/orders?tags=1&tags=x", None, "tags has an item that is no integer"),
        ("GET", "/orders/1234567", None, "orderId is longer than 5 characters"),
        ("POST", "/orders", None, "the body is missing"),
        ("POST", "/orders", {"note": "no status"}, "the body lacks status"),
        ("POST", "/orders", [1], "the body is no object"),
    ],
)
def test_a_request_that_does_not_fit_is_told_why(method: str, path: str, body: Any, detail: str) -> None:
    answer = ask(method, path, body=body)
    assert answer.status == 400 and answer.headers["content-type"] == "application/problem+json"
    assert detail in said(answer)["detail"]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/json"),
        ("text/*", "text/plain"),
        ("text/plain;q=0.5, application/json;q=0.4", "text/plain"),
        ("application/json;q=0, */*;q=0.1", "text/plain"),
        ("image/png", None),
    ],
)
def test_a_consumer_gets_the_media_type_it_likes_best(accept: str | None, given: str | None) -> None:
    answer = ask("GET", "/orders/77", {} if accept is None else {"accept": accept})
    if given is None:
        assert answer.status == 406 and "text/plain" in said(answer)["detail"]
    else:
        assert answer.headers["content-type"] == given


def test_unknown_paths_and_methods_are_problems_that_say_so() -> None:
    assert ask("GET", "/invoices").status == 404
    other = ask("PUT", "/orders/77")
    assert other.status == 405 and other.headers["allow"] == "GET, DELETE, HEAD, OPTIONS"
    assert ask("OPTIONS", "/orders").headers["allow"] == "GET, POST, HEAD, OPTIONS"
    assert ask("OPTIONS", "/orders").status == 204


def test_head_is_get_without_its_body() -> None:
    head, get = ask("HEAD", "/orders/77"), ask("GET", "/orders/77")
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")


def test_paths_are_found_as_a_router_finds_them() -> None:
    assert ask("GET", "/orders/latest").body == b""
    assert ask("GET", "/orders/v1...v2").body == b""
    assert ask("GET", "/orders/7/export.csv").status == 200
    assert said(ask("GET", "/shop/v1/orders/77"))["id"] == "77"
    assert said(ask("GET", "/orders/7%2F7"))["id"] == "7/7"


def test_bodiless_statuses_and_declared_headers_are_as_declared() -> None:
    gone = ask("DELETE", "/orders/77")
    assert (gone.status, gone.body) == (204, b"") and "content-type" not in gone.headers
    assert ask("GET", "/orders").headers["x-total"] == "9"


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (None, Preferences()),
        ("code=404", Preferences(code=404)),
        ('example="in full", dynamic', Preferences(example="in full", dynamic=True)),
        ("respond-async; wait=5, code=200;x=1, code=500", Preferences(code=200)),
        ("code=99, dynamic=false", Preferences()),
    ],
)
def test_preferences_are_read_as_rfc_7240_writes_them(header: str | None, read: Preferences) -> None:
    assert preferences(header) == read

"""The traffic of every scenario: keys, operations, and the requests that use both."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ringwork._native import mint_key

ENVIRONMENT = "bench"
KEYS = 100_000
OPERATIONS = 1_000
REQUESTS = 20_000

# Behind the key, so that the key is in the middle: LuaJIT hashes long strings by a few of their bytes, some of them
# there, and wrk would spend its time on telling apart a hundred thousand requests that collide.
_USER_AGENT = "User-Agent: bench/1.0 (load generator; wrk)\r\n"

# 0.4 kB of JSON, what the upstream answers to everything.
ANSWER = (
    '{"id":"ord_8c1f0e52","status":"shipped","currency":"EUR","total":{"amount":12950,"scale":2},'
    '"customer":{"id":"cus_2291","name":"Ada Lovelace","country":"GB"},"lines":['
    '{"sku":"RW-100","quantity":2,"price":4975},{"sku":"RW-230","quantity":1,"price":3000}],'
    '"shipment":{"carrier":"northwind","tracking":"NW0099182","eta":"2026-11-24"},'
    '"created_at":"2026-11-20T09:12:44Z","updated_at":"2026-11-21T07:03:10Z"}'
)


@dataclass(frozen=True)
class Traffic:
    """`keys`: id → whole API key; `templates` are OpenAPI path templates, each with a GET."""

    keys: dict[str, str]
    templates: tuple[str, ...]
    requests: tuple[bytes, ...]


def traffic(
    prefix: str, seed: int = 1, *, keys_in_use: int = KEYS, requests_in_turn: int = REQUESTS
) -> Traffic:
    """The same for every contender; who does not look at keys or paths carries them all the same."""
    chance = random.Random(seed)
    keys = minted_keys(keys_in_use)
    templates = tuple(_template(number) for number in range(OPERATIONS))
    texts = tuple(keys.values())
    requests = tuple(
        request(prefix + _concrete(chance.choice(templates)), chance.choice(texts))
        for _ in range(requests_in_turn)
    )
    return Traffic(keys, templates, requests)


def minted_keys(count: int) -> dict[str, str]:
    """Id → whole API key."""
    minted = (mint_key(ENVIRONMENT) for _ in range(count))
    return {key["id"]: key["key"] for key in minted}


def _template(number: int) -> str:
    """Two hundred collections with five operations each, as large real contracts have them."""
    collection = f"/resources-{number // 5}"
    return collection + ("", "/{id}", "/{id}/history", "/{id}/items", "/{id}/items/{item}")[number % 5]


def _concrete(template: str) -> str:
    return template.replace("{id}", "8c1f0e52").replace("{item}", "17")


def placing(path: str, key: str | None, body: bytes) -> bytes:
    """A POST of JSON as it goes over the wire."""
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return _head("POST", path, key, content) + body


def request(path: str, key: str | None) -> bytes:
    """A GET as it goes over the wire."""
    return _head("GET", path, key)


def with_token(path: str, token: str) -> bytes:
    """A GET with an access token (RFC 6750)."""
    return _sent("GET", path, f"Authorization: Bearer {token}\r\n", "")


def _head(method: str, path: str, key: str | None, content: str = "") -> bytes:
    return _sent(method, path, f"X-Api-Key: {key}\r\n" if key else "", content)


def _sent(method: str, path: str, credential: str, content: str) -> bytes:
    fields = f"Host: localhost\r\n{credential}Accept: application/json\r\n{content}{_USER_AGENT}"
    return f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode()

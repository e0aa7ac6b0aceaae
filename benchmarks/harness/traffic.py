"""The traffic of every scenario: keys, operations, and the requests that use both."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ringwork._native import mint_key

ENVIRONMENT = "bench"
KEYS = 100_000
OPERATIONS = 1_000
REQUESTS = 20_000

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
    minted = [mint_key(ENVIRONMENT) for _ in range(keys_in_use)]
    keys = {key["id"]: key["key"] for key in minted}
    templates = tuple(_template(number) for number in range(OPERATIONS))
    texts = tuple(keys.values())
    requests = tuple(
        request(prefix + _concrete(chance.choice(templates)), chance.choice(texts))
        for _ in range(requests_in_turn)
    )
    return Traffic(keys, templates, requests)


def _template(number: int) -> str:
    """Two hundred collections with five operations each, as large real contracts have them."""
    collection = f"/resources-{number // 5}"
    return collection + ("", "/{id}", "/{id}/history", "/{id}/items", "/{id}/items/{item}")[number % 5]


def _concrete(template: str) -> str:
    return template.replace("{id}", "8c1f0e52").replace("{item}", "17")


def request(path: str, key: str | None) -> bytes:
    """A GET as it goes over the wire."""
    credential = f"X-Api-Key: {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{credential}Accept: application/json\r\n\r\n".encode()

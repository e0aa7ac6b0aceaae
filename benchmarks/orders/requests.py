"""What is asked of the orders, by size of the answer."""

from __future__ import annotations

import random

from benchmarks.harness.traffic import placing, request
from benchmarks.orders.bodies import basket
from benchmarks.orders.contract import STORES

# Enough different keys that the store's pages are in use, not a few of them.
REQUESTS = 100_000
# A kilobyte each.
PLACED = 20_000

_ASKED = {
    "0k4": ("/orders/8c1f0e52", "/customers/5d20ac17/last-order"),
    "4k": ("/orders?limit=10", "/customers/5d20ac17/orders?limit=10"),
    "100k": ("/archive?limit=250",),
}
SIZES = tuple(_ASKED)


def path(prefix: str, size: str, store: int = 0) -> str:
    """One whose answer is of this size."""
    return f"{prefix}/stores-{store}{_ASKED[size][0]}"


def requests(prefix: str, size: str, keys: dict[str, str], seed: int = 1) -> list[bytes]:
    """The same for every contender, in all stores, with keys among all."""
    chance, texts = random.Random(seed), list(keys.values())

    def one() -> bytes:
        asked = f"{prefix}/stores-{chance.randrange(STORES)}{chance.choice(_ASKED[size])}"
        return request(asked, chance.choice(texts))

    return [one() for _ in range(REQUESTS)]


def placed(prefix: str, keys: dict[str, str], seed: int = 1) -> list[bytes]:
    """A basket of 1 kB to each of the stores, with keys among all."""
    chance, texts, body = random.Random(seed), list(keys.values()), basket()
    return [
        placing(f"{prefix}/stores-{chance.randrange(STORES)}/placed", chance.choice(texts), body)
        for _ in range(PLACED)
    ]

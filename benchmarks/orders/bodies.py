"""What the service answers, and what of it the public ring sees."""

from __future__ import annotations

import json
from typing import Any

# Names that are declared for inner rings (margin, cost, depot) or nowhere.
UNSEEN = frozenset({"margin", "cost", "depot", "riskScore", "segment", "tookMs"})

_STATUSES = ("open", "paid", "shipped")
# With characters of two bytes, and one that JSON escapes.
_CUSTOMERS = (("Ada Lovelace", "GB"), ("Grace Hopper", "US"), ("Zoë Müller", "CH"), ('Jean "J" Bartik', "US"))


def whole() -> dict[str, bytes]:
    """By size (`0k4`, `4k`, `100k`): one order, and pages of orders, as compact as services write them."""
    return {"0k4": _written(_order(0)), "4k": _page_of(4_000), "100k": _page_of(100_000)}


def basket() -> bytes:
    """Some 1 kB that the contract takes of the public ring."""
    lines = [
        {"sku": f"RW-{100 + line}", "name": "Rain jacket", "quantity": 2, "price": 4_975} for line in range(9)
    ]
    return _written(
        {
            "customer": {"id": "cus_002291", "name": "Zoë Müller", "country": "CH"},
            "lines": [line | {"options": {"colour": "blue"}} for line in lines],
            "currency": "EUR",
            "deliverAt": "2026-11-24T09:00:00Z",
            "giftWrapped": True,
            "note": "Leave at the door",
        }
    )


def visible(value: Any) -> Any:
    """A body as it was read, without what the public ring does not see."""
    if isinstance(value, dict):
        return {name: visible(member) for name, member in value.items() if name not in UNSEEN}
    return [visible(item) for item in value] if isinstance(value, list) else value


def _page_of(size: int) -> bytes:
    """As many orders as it takes to reach `size`."""
    items: list[dict[str, Any]] = []
    length = 0
    while length < size:
        items.append(_order(len(items)))
        length += len(_written(items[-1]))
    return _written({"items": items, "page": {"number": 1, "of": 731, "tookMs": 4}})


def _order(number: int) -> dict[str, Any]:
    """Some 0.4 kB. No list is empty: cjson cannot tell one from an empty object."""
    name, country = _CUSTOMERS[number % len(_CUSTOMERS)]
    order: dict[str, Any] = {
        "id": f"ord_{number * 2_654_435_761 % 2**32:08x}",
        "status": _STATUSES[number % len(_STATUSES)],
        "createdAt": "2026-11-20T09:12:44Z",
        "customer": {"id": f"cus_{number * 7_919:06d}", "name": name, "country": country, "segment": "b2b"},
        "total": {"amount": number * 1_299 + 9_950, "currency": "EUR", "margin": 0.25},
        "lines": [_line(number + line) for line in range(1 + number % 3)],
        "shipment": {
            "carrier": "northwind",
            "tracking": f"NW{number * 99_182:010d}",
            "depot": {"bay": f"ams-{number % 40}"},
        },
        "note": None,
        "riskScore": number % 100,
    }
    return order if number % 2 == 0 else order | {"tags": ["gift", "priority"], "note": "Leave at the door"}


def _line(number: int) -> dict[str, Any]:
    """Every fourth has names that are data."""
    line = {"sku": f"RW-{number % 900 + 100}", "name": "Rain jacket", "quantity": 1 + number % 5}
    priced = line | {"price": 4_975, "cost": 3_120}
    return priced if number % 4 != 3 else priced | {"options": {"colour": "blue", "engraving": "For Mary"}}


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

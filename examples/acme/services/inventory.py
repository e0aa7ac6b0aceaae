"""inventory: what there is to sell, how much of it, and what is set aside for orders."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request, Response
from pydantic import Field

from examples.acme.services.common import Body, JsonObject, address_inside, money, not_found, service
from examples.acme.services.mesh import Mesh
from examples.acme.services.store import Record, Store

_OLDEST_VERSION = "2024-01-15"
Version = Annotated[str, Header(alias="API-Version")]


class Line(Body):
    sku: str = Field(max_length=20)
    quantity: int = Field(ge=1, le=1000)


class NewReservation(Body):
    lines: list[Line] = Field(min_length=1, max_length=50)


class StockLevel(Body):
    on_hand: int = Field(ge=0, le=1_000_000)


class Warehouse:
    def __init__(self, store: Store) -> None:
        self._store = store

    def products(self) -> list[Record]:
        return self._store.all("product")

    def product(self, sku: str) -> Record:
        product = self._store.get("product", sku)
        if product is None:
            raise not_found(f"product {sku}")
        return product

    def stock(self, sku: str) -> JsonObject:
        on_hand, reserved = self.product(sku)["on_hand"], self._reserved(sku)
        return {"sku": sku, "on_hand": on_hand, "reserved": reserved, "available": on_hand - reserved}

    def count(self, sku: str, level: StockLevel) -> JsonObject:
        with self._store.lock:
            self._store.put("product", sku, self.product(sku) | {"on_hand": level.on_hand})
            return self.stock(sku)

    def reserve(self, new: NewReservation) -> Record:
        """All lines or none. Raises 409 naming the first product there is not enough of."""
        with self._store.lock:
            for line in new.lines:
                self._demand(line)
            total = sum(self.product(line.sku)["price_cents"] * line.quantity for line in new.lines)
            identity = "R" + secrets.token_hex(6)
            lines = [line.model_dump() for line in new.lines]
            return self._store.put(
                "reservation", identity, {"id": identity, "lines": lines, "total_cents": total}
            )

    def release(self, identity: str) -> None:
        if not self._store.delete("reservation", identity):
            raise not_found(f"reservation {identity}")

    def _demand(self, line: Line) -> None:
        if self._store.get("product", line.sku) is None:
            raise HTTPException(409, f"There is no product {line.sku}.")
        available = self.stock(line.sku)["available"]
        if available < line.quantity:
            raise HTTPException(409, f"Only {available} of {line.sku} left.")

    def _reserved(self, sku: str) -> int:
        lines = (line for each in self._store.all("reservation") for line in each["lines"])
        return sum(line["quantity"] for line in lines if line["sku"] == sku)


def _shown(product: Record, version: str) -> JsonObject:
    """Since 2025-06-01 a price is Money; before, it was a count of cents."""
    shown = {name: product[name] for name in ("sku", "name", "category")}
    if version == _OLDEST_VERSION:
        return shown | {"price_cents": product["price_cents"]}
    return shown | {"price": money(product["price_cents"])}


def application(store: Store, _mesh: Mesh) -> FastAPI:
    store.seed("product", _SEED)
    warehouse = Warehouse(store)
    app = service("inventory", "5.1.2")

    @app.get("/products")
    def list_products(version: Version = _OLDEST_VERSION) -> JsonObject:
        return {"items": [_shown(product, version) for product in warehouse.products()]}

    @app.get("/products/{sku}")
    def get_product(sku: str, version: Version = _OLDEST_VERSION) -> JsonObject:
        return _shown(warehouse.product(sku), version)

    @app.get("/products/{sku}/stock")
    def get_stock(sku: str) -> JsonObject:
        return warehouse.stock(sku)

    @app.put("/products/{sku}/stock")
    def set_stock(sku: str, level: StockLevel) -> JsonObject:
        return warehouse.count(sku, level)

    @app.post("/reservations", status_code=201)
    def reserve(new: NewReservation, request: Request, response: Response) -> JsonObject:
        reservation = warehouse.reserve(new)
        response.headers["location"] = address_inside(request, f"/reservations/{reservation['id']}")
        return reservation

    @app.delete("/reservations/{identity}", status_code=204)
    def release(identity: str) -> None:
        warehouse.release(identity)

    return app


def _product(sku: str, name: str, category: str, price_cents: int, on_hand: int) -> Record:
    named = {"sku": sku, "name": name, "category": category}
    return named | {"price_cents": price_cents, "on_hand": on_hand}


_SEED: dict[str, Record] = {
    "ANVIL-1": _product("ANVIL-1", "Anvil, one ton", "gravity", 4990, 120),
    "MAGNET-5": _product("MAGNET-5", "Horseshoe magnet, giant", "gravity", 7900, 35),
    "PAINT-3": _product("PAINT-3", "Tunnel paint, black", "deception", 1290, 800),
    "ROCKET-7": _product("ROCKET-7", "Rocket skates, pair", "speed", 12990, 60),
}

"""orders: takes orders, has stock reserved by inventory and an invoice written by billing.

Two versions are live: v1 counts money in cents, v2 says `{"amount": "129.90", "currency": "EUR"}`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from pydantic import Field

from examples.acme.services.common import (
    Body,
    CalledBy,
    Caller,
    JsonObject,
    address_inside,
    money,
    not_found,
    now,
    service,
)
from examples.acme.services.mesh import Mesh, NeighbourFailed
from examples.acme.services.store import Record, Store

Status = Literal["received", "paid", "shipped", "cancelled"]
_MAX_LINES = 50
_MAX_ORDERS_AT_ONCE = 20


class Line(Body):
    sku: str = Field(pattern=r"^[A-Z]{2,8}-\d{1,6}$")
    quantity: int = Field(ge=1, le=1000)


class NewOrder(Body):
    lines: list[Line] = Field(min_length=1, max_length=_MAX_LINES)
    customer: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]{0,40}$")
    reference: str | None = Field(default=None, max_length=60)


class NewOrders(Body):
    orders: list[NewOrder] = Field(min_length=1, max_length=_MAX_ORDERS_AT_ONCE)


class StatusChange(Body):
    status: Status
    note: str = Field(default="", max_length=200)


class Orders:
    """What the service does, whichever version asks."""

    def __init__(self, store: Store, mesh: Mesh) -> None:
        self._store = store
        self._mesh = mesh

    def visible_to(self, caller: Caller) -> list[Record]:
        """A partner's own orders; all of them inside."""
        orders = self._store.all("order")
        return [order for order in orders if not caller.is_partner or order["customer"] == caller.consumer]

    def one(self, number: str) -> Record:
        order = self._store.get("order", number)
        if order is None:
            raise not_found(f"order {number}")
        return order

    def place(self, new: NewOrder, caller: Caller) -> Record:
        """Reserves the stock, writes the order, has it invoiced; gives the stock back when that fails."""
        customer = caller.consumer if caller.is_partner else new.customer or caller.consumer
        reservation = self._reserve(new)
        with self._store.lock:
            number = str(self._store.next_number("order", first=1001))
            order = self._store.put("order", number, _order(number, customer, new, reservation))
        try:
            order["invoice"] = self._invoice(order)
        except (NeighbourFailed, HTTPException):
            self._store.delete("order", number)
            self._mesh.call("DELETE", f"/inventory/reservations/{reservation['id']}")
            raise
        return self._store.put("order", number, order)

    def change(self, number: str, change: StatusChange, caller: Caller) -> Record:
        with self._store.lock:
            order = self.one(number)
            order["status"] = change.status
            order["events"].append(_event(change.status, change.note, caller.consumer))
            return self._store.put("order", number, order)

    def cancel(self, number: str, caller: Caller) -> Record:
        order = self.one(number)
        if caller.is_partner and order["customer"] != caller.consumer:
            raise not_found(f"order {number}")
        if order["status"] in ("shipped", "cancelled"):
            raise HTTPException(409, f"Order {number} is {order['status']} already.")
        if order["reservation"]:
            self._mesh.call("DELETE", f"/inventory/reservations/{order['reservation']}")
        return self.change(number, StatusChange(status="cancelled"), caller)

    def _reserve(self, new: NewOrder) -> Record:
        lines = [line.model_dump() for line in new.lines]
        reply = self._mesh.call("POST", "/inventory/reservations", {"lines": lines})
        if reply.status == 409:
            raise HTTPException(409, reply.body["detail"])
        if not reply.ok:
            raise NeighbourFailed(f"inventory answered {reply.status}")
        return dict(reply.body)

    def _invoice(self, order: Record) -> str:
        bill = {"order": order["id"], "customer": order["customer"], "total_cents": order["total_cents"]}
        reply = self._mesh.call("POST", "/billing/v1/invoices", bill)
        if not reply.ok:
            raise NeighbourFailed(f"billing answered {reply.status}")
        return str(reply.body["id"])


def _order(number: str, customer: str, new: NewOrder, reservation: Record) -> Record:
    return {
        "id": number,
        "status": "received",
        "placed_at": now(),
        "customer": customer,
        "reference": new.reference or "",
        "lines": [line.model_dump() for line in new.lines],
        "total_cents": reservation["total_cents"],
        "reservation": reservation["id"],
        "invoice": "",
        "events": [_event("received", "", customer)],
    }


def _event(kind: str, note: str, actor: str) -> Record:
    return {"at": now(), "type": kind, "note": note, "actor": actor}


def _v1(order: Record) -> JsonObject:
    shown = {name: order[name] for name in ("id", "status", "placed_at", "lines")}
    return shown | {"total_cents": order["total_cents"]}


def _v2(order: Record) -> JsonObject:
    shown = {name: order[name] for name in ("id", "status", "placed_at", "lines")}
    return shown | {"total": money(order["total_cents"])}


def _v2_partner(order: Record) -> JsonObject:
    return _v2(order) | {name: order[name] for name in ("customer", "reference", "invoice")}


def application(store: Store, mesh: Mesh) -> FastAPI:
    store.seed("order", _SEED)
    orders = Orders(store, mesh)
    app = service("orders", "2.4.0")
    app.include_router(_version_1(orders))
    app.include_router(_version_2(orders))
    return app


def _version_1(orders: Orders) -> APIRouter:
    v1 = APIRouter(prefix="/v1")

    @v1.get("/orders")
    def list_orders(caller: CalledBy, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[JsonObject]:
        return [_v1(order) for order in orders.visible_to(caller)[:limit]]

    @v1.get("/orders/export")
    def export_orders() -> list[Record]:
        return orders.visible_to(Caller(ring="internal", consumer=""))

    @v1.get("/orders/{number}")
    def get_order(number: str) -> JsonObject:
        return _v1(orders.one(number))

    return v1


def _version_2(orders: Orders) -> APIRouter:
    v2 = APIRouter(prefix="/v2")

    @v2.get("/orders")
    def list_orders(
        caller: CalledBy, status: Status | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> JsonObject:
        found = [order for order in orders.visible_to(caller) if status in (None, order["status"])]
        return {"items": [_v2_partner(order) for order in found[:limit]], "total": len(found)}

    @v2.post("/orders", status_code=201)
    def place_order(new: NewOrder, caller: CalledBy, request: Request, response: Response) -> JsonObject:
        order = orders.place(new, caller)
        response.headers["location"] = address_inside(request, f"/v2/orders/{order['id']}")
        return _v2_partner(order)

    @v2.post("/orders/bulk", status_code=201)
    def place_orders(new: NewOrders, caller: CalledBy) -> JsonObject:
        return {"items": [_v2_partner(orders.place(each, caller)) for each in new.orders]}

    @v2.get("/orders/export")
    def export_orders() -> JsonObject:
        return {"items": orders.visible_to(Caller(ring="internal", consumer=""))}

    @v2.get("/orders/{number}")
    def get_order(number: str) -> JsonObject:
        return _v2(orders.one(number))

    @v2.get("/orders/{number}/history")
    def get_history(number: str) -> JsonObject:
        return {"order": number, "events": orders.one(number)["events"]}

    @v2.post("/orders/{number}/cancellation")
    def cancel_order(number: str, caller: CalledBy) -> JsonObject:
        return _v2_partner(orders.cancel(number, caller))

    @v2.put("/orders/{number}/status")
    def change_status(number: str, change: StatusChange, caller: CalledBy) -> JsonObject:
        return _v2_partner(orders.change(number, change, caller))

    return v2


def _seeded(number: str, customer: str, status: Status, cents: int, lines: list[Record]) -> Record:
    placed = f"2026-11-{int(number) % 28 + 1:02}T09:30:00Z"
    events = [{"at": placed, "type": "received", "note": "", "actor": customer}]
    if status != "received":
        events.append({"at": placed, "type": status, "note": "checked by hand", "actor": "billing"})
    return {
        "id": number,
        "status": status,
        "placed_at": placed,
        "customer": customer,
        "reference": f"PO-{number}",
        "lines": lines,
        "total_cents": cents,
        "reservation": "",
        "invoice": f"INV-{number}",
        "events": events,
    }


_SEED: dict[str, Record] = {
    "41": _seeded("41", "globex", "shipped", 4990, [{"sku": "ANVIL-1", "quantity": 1}]),
    "42": _seeded("42", "globex", "paid", 12990, [{"sku": "ROCKET-7", "quantity": 1}]),
    "43": _seeded("43", "initech", "received", 2580, [{"sku": "PAINT-3", "quantity": 2}]),
}

"""shipping: parcels, where they are, and what sending one costs."""

from __future__ import annotations

import secrets
from typing import Literal

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import Field

from examples.acme.services.common import Body, JsonObject, address_inside, money, not_found, now, service
from examples.acme.services.mesh import Mesh, NeighbourFailed
from examples.acme.services.store import Record, Store

_BASE_CENTS = 490
_CENTS_PER_KILOGRAM = 120
_EXPRESS_FACTOR = 3


class Parcel(Body):
    weight_grams: int = Field(ge=1, le=1_000_000)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    service: Literal["standard", "express"] = "standard"


class NewShipment(Parcel):
    order: str = Field(pattern=r"^\d{1,9}$")


class Progress(Body):
    status: Literal["announced", "in_transit", "delivered", "lost"]
    place: str = Field(max_length=80)


def rate(parcel: Parcel) -> JsonObject:
    cents = _BASE_CENTS + _CENTS_PER_KILOGRAM * -(-parcel.weight_grams // 1000)
    factor = _EXPRESS_FACTOR if parcel.service == "express" else 1
    return {"service": parcel.service, "country": parcel.country, "price": money(cents * factor)}


class Dispatch:
    def __init__(self, store: Store, mesh: Mesh) -> None:
        self._store = store
        self._mesh = mesh

    def one(self, identity: str) -> Record:
        shipment = self._store.get("shipment", identity)
        if shipment is None:
            raise not_found(f"shipment {identity}")
        return shipment

    def tracked(self, code: str) -> Record:
        for shipment in self._store.all("shipment"):
            if shipment["tracking_code"] == code:
                return shipment
        raise not_found(f"parcel {code}")

    def send(self, new: NewShipment) -> Record:
        """Tells orders that the order is on its way; orders must know it."""
        note = {"status": "shipped", "note": f"{new.service} to {new.country}"}
        reply = self._mesh.call("PUT", f"/shop/v2/orders/{new.order}/status", note)
        if reply.status == 404:
            raise HTTPException(409, f"There is no order {new.order}.")
        if not reply.ok:
            raise NeighbourFailed(f"orders answered {reply.status}")
        with self._store.lock:
            identity = str(self._store.next_number("shipment", first=501))
            return self._store.put("shipment", identity, _shipment(identity, new))

    def move(self, identity: str, progress: Progress) -> Record:
        with self._store.lock:
            shipment = self.one(identity) | progress.model_dump() | {"updated_at": now()}
            return self._store.put("shipment", identity, shipment)


def _shipment(identity: str, new: NewShipment) -> Record:
    return {
        "id": identity,
        "tracking_code": "ACME" + secrets.token_hex(4).upper(),
        "order": new.order,
        "service": new.service,
        "status": "announced",
        "place": "Central warehouse",
        "updated_at": now(),
    }


def _tracking(shipment: Record) -> JsonObject:
    return {name: shipment[name] for name in ("tracking_code", "status", "place", "updated_at")}


def application(store: Store, mesh: Mesh) -> FastAPI:
    store.seed("shipment", _SEED)
    dispatch = Dispatch(store, mesh)
    app = service("shipping", "1.9.0")

    @app.get("/tracking/{code}")
    def track(code: str) -> JsonObject:
        return _tracking(dispatch.tracked(code))

    @app.post("/rates")
    def quote(parcel: Parcel) -> JsonObject:
        return rate(parcel)

    @app.get("/shipments/{identity}")
    def get_shipment(identity: str) -> JsonObject:
        return dispatch.one(identity)

    @app.post("/shipments", status_code=201)
    def send(new: NewShipment, request: Request, response: Response) -> JsonObject:
        shipment = dispatch.send(new)
        response.headers["location"] = address_inside(request, f"/shipments/{shipment['id']}")
        return shipment

    @app.put("/shipments/{identity}/progress")
    def move(identity: str, progress: Progress) -> JsonObject:
        return dispatch.move(identity, progress)

    return app


_SEED: dict[str, Record] = {
    "500": {
        "id": "500",
        "tracking_code": "ACME41",
        "order": "41",
        "service": "standard",
        "status": "in_transit",
        "place": "Monument Valley",
        "updated_at": "2026-11-20T16:05:00Z",
    }
}

"""crm: who the customers are, how to reach them, and what acme thinks of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from pydantic import Field

from examples.acme.services.common import (
    Body,
    CalledBy,
    JsonObject,
    address_inside,
    not_found,
    now,
    service,
)
from examples.acme.services.mesh import Mesh
from examples.acme.services.store import Record, Store


class NewNote(Body):
    text: str = Field(min_length=1, max_length=2000)


class Contact(Body):
    name: str = Field(min_length=1, max_length=80)
    email: str = Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")


class Customers:
    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, text: str, riskier_than: int) -> list[Record]:
        def fits(customer: Record) -> bool:
            return text.lower() in customer["name"].lower() and customer["risk"]["score"] > riskier_than

        return [customer for customer in self._store.all("customer") if fits(customer)]

    def one(self, identity: str) -> Record:
        customer = self._store.get("customer", identity)
        if customer is None:
            raise not_found(f"customer {identity}")
        return customer

    def set_contact(self, identity: str, contact: Contact) -> Record:
        with self._store.lock:
            return self._store.put(
                "customer", identity, self.one(identity) | {"contact": contact.model_dump()}
            )

    def add_note(self, identity: str, note: NewNote, author: str) -> Record:
        with self._store.lock:
            customer = self.one(identity)
            written = {"at": now(), "author": author, "text": note.text}
            customer["notes"].append(written)
            self._store.put("customer", identity, customer)
            return written


def _account(customer: Record) -> JsonObject:
    return {name: customer[name] for name in ("id", "name", "contact", "account_manager")}


def application(store: Store, _mesh: Mesh) -> FastAPI:
    store.seed("customer", _SEED)
    customers = Customers(store)
    app = service("crm", "0.8.5")

    @app.get("/account")
    def my_account(caller: CalledBy) -> JsonObject:
        return _account(customers.one(caller.consumer))

    @app.put("/account/contact")
    def set_my_contact(contact: Contact, caller: CalledBy) -> JsonObject:
        return _account(customers.set_contact(caller.consumer, contact))

    @app.get("/customers")
    def find_customers(
        q: Annotated[str, Query(max_length=80)] = "",
        riskier_than: Annotated[int, Query(ge=-1, le=100)] = -1,
    ) -> JsonObject:
        return {"items": [_account(customer) for customer in customers.find(q, riskier_than)]}

    @app.get("/customers/{identity}")
    def get_customer(identity: str) -> JsonObject:
        return customers.one(identity)

    @app.post("/customers/{identity}/notes", status_code=201)
    def add_note(
        identity: str, note: NewNote, caller: CalledBy, request: Request, response: Response
    ) -> JsonObject:
        response.headers["location"] = address_inside(request, f"/customers/{identity}")
        return customers.add_note(identity, note, caller.consumer)

    @app.get("/customers/{identity}/risk")
    def get_risk(identity: str) -> JsonObject:
        return {"customer": identity, **customers.one(identity)["risk"]}

    return app


def _customer(identity: str, name: str, person: str, score: int) -> Record:
    return {
        "id": identity,
        "name": name,
        "contact": {"name": person, "email": f"purchasing@{identity}.example"},
        "account_manager": "Wile Coyote",
        "risk": {"score": score, "reason": "pays on time" if score < 50 else "pays late"},
        "notes": [],
    }


_SEED: dict[str, Record] = {
    "globex": _customer("globex", "Globex Corporation", "Hank Scorpio", 12),
    "initech": _customer("initech", "Initech", "Bill Lumbergh", 71),
}

"""billing: invoices and their payment. A paid invoice moves its order on.

`PUT /switches/risk-score {"on": true}`, sent to the service itself, is the release nobody told anyone about: from then
on every invoice carries a `riskScore`, which the contract does not have. It stays until the service is started again.
"""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import Field

from examples.acme.services.common import (
    Body,
    CalledBy,
    Caller,
    JsonObject,
    Money,
    address_inside,
    cents,
    money,
    not_found,
    now,
    service,
)
from examples.acme.services.mesh import Mesh, NeighbourFailed
from examples.acme.services.store import Record, Store


class NewInvoice(Body):
    order: str = Field(pattern=r"^\d{1,9}$")
    customer: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    total_cents: int = Field(ge=0, le=100_000_000)


class Payment(Body):
    amount: Money
    reference: str = Field(min_length=1, max_length=60)


class Switch(Body):
    on: bool


class Books:
    def __init__(self, store: Store, mesh: Mesh) -> None:
        self._store = store
        self._mesh = mesh
        self.scores_risk = False

    def shown(self, invoice: Record) -> JsonObject:
        shown = {name: invoice[name] for name in ("id", "order", "status", "issued_at", "paid_at")}
        score = {"riskScore": invoice["total_cents"] % 100} if self.scores_risk else {}
        return shown | {"total": money(invoice["total_cents"])} | score

    def visible_to(self, caller: Caller) -> list[Record]:
        """A partner's own invoices; all of them inside."""
        invoices = self._store.all("invoice")
        return [each for each in invoices if not caller.is_partner or each["customer"] == caller.consumer]

    def one(self, number: str, caller: Caller) -> Record:
        for invoice in self.visible_to(caller):
            if invoice["id"] == number:
                return invoice
        raise not_found(f"invoice {number}")

    def write(self, new: NewInvoice) -> Record:
        """The invoice of an order; the same one when it is asked for again."""
        number = f"INV-{new.order}"
        with self._store.lock:
            written = self._store.get("invoice", number)
            return written or self._store.put("invoice", number, _invoice(number, new))

    def pay(self, number: str, payment: Payment, caller: Caller) -> Record:
        """Orders is told first: when it cannot be, nothing is paid and the payment can be sent again."""
        invoice = self._payable(number, payment, caller)
        self._tell_orders(invoice, payment)
        return self._store.put("invoice", number, invoice | {"status": "paid", "paid_at": now()})

    def _payable(self, number: str, payment: Payment, caller: Caller) -> Record:
        invoice = self.one(number, caller)
        if invoice["status"] == "paid":
            raise HTTPException(409, f"Invoice {number} is paid already.")
        if cents(payment.amount) != invoice["total_cents"]:
            raise HTTPException(409, f"Invoice {number} is about {money(invoice['total_cents'])['amount']}.")
        return invoice

    def revenue(self) -> JsonObject:
        invoices = self._store.all("invoice")
        paid = sum(each["total_cents"] for each in invoices if each["status"] == "paid")
        due = sum(each["total_cents"] for each in invoices if each["status"] == "open")
        return {"paid": money(paid), "open": money(due), "invoices": len(invoices)}

    def _tell_orders(self, invoice: Record, payment: Payment) -> None:
        change = {"status": "paid", "note": f"payment {payment.reference}"}
        reply = self._mesh.call("PUT", f"/shop/v2/orders/{invoice['order']}/status", change)
        if not reply.ok:
            raise NeighbourFailed(f"orders answered {reply.status}")


def _invoice(number: str, new: NewInvoice) -> Record:
    return {"id": number, "status": "open", "issued_at": now(), "paid_at": None} | new.model_dump()


def application(store: Store, mesh: Mesh) -> FastAPI:
    store.seed("invoice", _SEED)
    books = Books(store, mesh)
    app = service("billing", "3.0.1")

    @app.get("/invoices")
    def list_invoices(caller: CalledBy) -> JsonObject:
        return {"items": [books.shown(invoice) for invoice in books.visible_to(caller)]}

    @app.post("/invoices", status_code=201)
    def write_invoice(new: NewInvoice, request: Request, response: Response) -> JsonObject:
        invoice = books.write(new)
        response.headers["location"] = address_inside(request, f"/invoices/{invoice['id']}")
        return books.shown(invoice)

    @app.get("/invoices/{number}")
    def get_invoice(number: str, caller: CalledBy) -> JsonObject:
        return books.shown(books.one(number, caller))

    @app.post("/invoices/{number}/payments", status_code=201)
    def pay_invoice(number: str, payment: Payment, caller: CalledBy) -> JsonObject:
        return books.shown(books.pay(number, payment, caller))

    @app.put("/switches/risk-score", status_code=204, include_in_schema=False)
    def switch_risk_score(switch: Switch) -> None:
        books.scores_risk = switch.on

    @app.get("/revenue")
    def get_revenue() -> JsonObject:
        return books.revenue()

    return app


def _seeded(order: str, customer: str, status: str, total_cents: int) -> Record:
    return {
        "id": f"INV-{order}",
        "order": order,
        "customer": customer,
        "status": status,
        "issued_at": "2026-11-12T09:30:00Z",
        "paid_at": "2026-11-13T08:00:00Z" if status == "paid" else None,
        "total_cents": total_cents,
    }


_SEED: dict[str, Record] = {
    "INV-41": _seeded("41", "globex", "paid", 4990),
    "INV-42": _seeded("42", "globex", "paid", 12990),
    "INV-43": _seeded("43", "initech", "open", 2580),
}

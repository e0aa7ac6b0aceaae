"""acme's services keep what they are told and do together what none does alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from examples.acme.services.mesh import NeighbourFailed, Reply
from examples.acme.services.serve import APPLICATIONS
from examples.acme.services.store import Store

PREFIX_OF = {
    "/shop": "orders",
    "/inventory": "inventory",
    "/billing/v1": "billing",
    "/shipping/v1": "shipping",
}


class Neighbourhood:
    """All five services and, in place of the internal ring, a direct way between them."""

    def __init__(self, data: Path) -> None:
        self.unreachable: set[str] = set()
        self.stores = {name: Store(data / f"{name}.db") for name in APPLICATIONS}
        self.clients = {
            name: TestClient(application(self.stores[name], self.seen_by(name)))
            for name, application in APPLICATIONS.items()
        }

    def seen_by(self, caller: str) -> DirectMesh:
        return DirectMesh(self, caller)

    def partner(self, service: str, name: str) -> TestClient:
        client = self.clients[service]
        client.headers.update({"x-ringwork-ring": "partner", "x-ringwork-consumer": name})
        return client

    def close(self) -> None:
        for store in self.stores.values():
            store.close()


class DirectMesh:
    """Calls a neighbour as the gateway would forward it: prefix removed, caller named."""

    def __init__(self, neighbourhood: Neighbourhood, caller: str) -> None:
        self._neighbourhood = neighbourhood
        self._headers = {"x-ringwork-ring": "internal", "x-ringwork-consumer": caller}

    def call(self, method: str, path: str, body: object | None = None) -> Reply:
        prefix = next(prefix for prefix in PREFIX_OF if path.startswith(f"{prefix}/"))
        service = PREFIX_OF[prefix]
        if service in self._neighbourhood.unreachable:
            raise NeighbourFailed(service)
        client = self._neighbourhood.clients[service]
        response = client.request(method, path.removeprefix(prefix), json=body, headers=self._headers)
        return Reply(response.status_code, response.json() if response.content else None)


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Neighbourhood]:
    neighbourhood = Neighbourhood(tmp_path)
    yield neighbourhood
    neighbourhood.close()


def _order_anvils(acme: Neighbourhood, quantity: int) -> tuple[int, dict[str, object]]:
    new = {"lines": [{"sku": "ANVIL-1", "quantity": quantity}], "reference": "PO-7"}
    response = acme.partner("orders", "globex").post("/v2/orders", json=new)
    return response.status_code, response.json()


def _available(acme: Neighbourhood) -> int:
    available: int = acme.clients["inventory"].get("/products/ANVIL-1/stock").json()["available"]
    return available


def test_order_42_is_there_from_the_start_in_both_versions(acme: Neighbourhood) -> None:
    assert acme.clients["orders"].get("/v1/orders/42").json()["total_cents"] == 12990
    total = acme.clients["orders"].get("/v2/orders/42").json()["total"]
    assert total == {"amount": "129.90", "currency": "EUR"}


def test_a_placed_order_reserves_stock_and_is_invoiced(acme: Neighbourhood) -> None:
    before = _available(acme)
    status, order = _order_anvils(acme, 3)
    assert status == 201
    assert _available(acme) == before - 3
    invoice = acme.clients["billing"].get(f"/invoices/{order['invoice']}").json()
    assert invoice["total"] == order["total"] == {"amount": "149.70", "currency": "EUR"}


def test_an_order_for_more_than_there_is_is_refused_and_leaves_nothing_behind(acme: Neighbourhood) -> None:
    before = _available(acme)
    status, problem = _order_anvils(acme, 1000)
    assert (status, problem["detail"]) == (409, f"Only {before} of ANVIL-1 left.")
    assert _available(acme) == before
    assert len(acme.stores["orders"].all("order")) == 3


def test_an_order_that_cannot_be_invoiced_gives_its_stock_back(acme: Neighbourhood) -> None:
    before = _available(acme)
    acme.unreachable.add("billing")
    status, _ = _order_anvils(acme, 2)
    assert status == 503
    assert _available(acme) == before
    assert len(acme.stores["orders"].all("order")) == 3


def test_paying_an_invoice_moves_the_order_on_and_sending_it_does_too(acme: Neighbourhood) -> None:
    _, order = _order_anvils(acme, 1)
    payment = {"amount": order["total"], "reference": "wire 1"}
    paid = acme.partner("billing", "globex").post(f"/invoices/{order['invoice']}/payments", json=payment)
    assert paid.json()["status"] == "paid"
    assert acme.clients["orders"].get(f"/v2/orders/{order['id']}").json()["status"] == "paid"

    parcel = {"order": order["id"], "weight_grams": 1_000_000, "country": "DE"}
    assert acme.clients["shipping"].post("/shipments", json=parcel).status_code == 201
    assert acme.clients["orders"].get(f"/v2/orders/{order['id']}").json()["status"] == "shipped"


def test_a_payment_orders_does_not_hear_of_can_be_sent_again(acme: Neighbourhood) -> None:
    payment = {"amount": {"amount": "25.80"}, "reference": "wire 2"}
    acme.unreachable.add("orders")
    initech = acme.partner("billing", "initech")
    assert initech.post("/invoices/INV-43/payments", json=payment).status_code == 503
    acme.unreachable.clear()
    assert initech.post("/invoices/INV-43/payments", json=payment).json()["status"] == "paid"
    assert initech.post("/invoices/INV-43/payments", json=payment).status_code == 409


def test_a_cancelled_order_gives_its_stock_back(acme: Neighbourhood) -> None:
    before = _available(acme)
    _, order = _order_anvils(acme, 5)
    cancelled = acme.partner("orders", "globex").post(f"/v2/orders/{order['id']}/cancellation")
    assert cancelled.json()["status"] == "cancelled"
    assert _available(acme) == before


def test_a_partner_lists_its_own_orders_only(acme: Neighbourhood) -> None:
    listed = acme.partner("orders", "initech").get("/v2/orders").json()["items"]
    assert [order["id"] for order in listed] == ["43"]


def test_a_partner_cannot_cancel_the_order_of_another(acme: Neighbourhood) -> None:
    assert acme.partner("orders", "initech").post("/v2/orders/42/cancellation").status_code == 404


@pytest.mark.parametrize(
    ("service", "method", "path", "body"),
    [
        ("orders", "POST", "/v2/orders", {"lines": []}),
        ("orders", "POST", "/v2/orders", {"lines": [{"sku": "ANVIL-1", "quantity": 1}], "paid": True}),
        ("inventory", "PUT", "/products/ANVIL-1/stock", {"on_hand": -1}),
        ("shipping", "POST", "/rates", {"weight_grams": 1, "country": "Germany"}),
        ("billing", "POST", "/invoices/INV-43/payments", {"amount": {"amount": "1e9"}, "reference": "x"}),
        ("crm", "PUT", "/account/contact", {"name": "", "email": "nobody"}),
    ],
)
def test_what_is_not_valid_is_refused_by_the_service_itself(
    acme: Neighbourhood, service: str, method: str, path: str, body: object
) -> None:
    assert acme.clients[service].request(method, path, json=body).status_code == 422


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    first = Neighbourhood(tmp_path)
    _, order = _order_anvils(first, 1)
    first.close()
    again = Neighbourhood(tmp_path)
    assert again.clients["orders"].get(f"/v2/orders/{order['id']}").status_code == 200
    again.close()


@pytest.mark.parametrize("service", APPLICATIONS)
def test_services_say_too_much_about_themselves(acme: Neighbourhood, service: str) -> None:
    """The demo is worth nothing when there is nothing to take away."""
    headers = acme.clients[service].get("/nothing-here").headers
    assert {"server", "x-powered-by", "x-debug-handler", "x-internal-host"} <= set(headers)


def test_a_created_order_names_its_place_inside(acme: Neighbourhood) -> None:
    new = {"lines": [{"sku": "ANVIL-1", "quantity": 1}]}
    placed = acme.partner("orders", "globex").post("/v2/orders", json=new)
    assert placed.headers["location"].startswith("http://")


def test_billing_has_a_switch_for_a_field_its_contract_does_not_have(acme: Neighbourhood) -> None:
    billing = acme.clients["billing"]
    assert "riskScore" not in billing.get("/invoices/INV-42").json()
    assert billing.put("/switches/risk-score", json={"on": True}).status_code == 204
    assert billing.get("/invoices/INV-42").json()["riskScore"] == 90
    assert all("riskScore" in invoice for invoice in billing.get("/invoices").json()["items"])
    billing.put("/switches/risk-score", json={"on": False})
    assert "riskScore" not in billing.get("/invoices/INV-42").json()

"""Small estates as files."""

from __future__ import annotations

from pathlib import Path

RINGWORK = """\
organization: acme
domain: acme.test
environment: test
owner: { team: Platform, contact: platform@acme.test }
rings:
  internal: { listen: ["127.0.0.1:8441"], hosts: [internal.acme.test, localhost] }
  partner: { listen: ["127.0.0.1:8442"], hosts: [partner.acme.test, localhost] }
  public: { listen: ["127.0.0.1:8443"], hosts: [api.acme.test, localhost] }
"""

# What a service says to it passes on every ring.
OPEN = "{ description: Fine, content: { application/json: { schema: { type: object, additionalProperties: true } } } }"

ORDERS = """\
openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
paths:
  /orders/{orderId}:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]
    get: { x-audience: public, operationId: getOrder, responses: { '200': OPEN } }
  /orders:
    post: { x-audience: partner, operationId: placeOrder, responses: { '200': OPEN } }
  /orders/export:
    get: { operationId: exportOrders, responses: { '200': OPEN } }
""".replace("OPEN", OPEN)

STOCK = """\
openapi: 3.1.0
info: { title: Stock, version: 1.0.0 }
paths:
  /items:
    get: { x-audience: public, operationId: listItems, responses: { '200': OPEN } }
""".replace("OPEN", OPEN)


def write_estate(root: Path, upstream_port: int) -> Path:
    """orders (all rings; versioned by path) and stock, the partner globex, the plan free."""
    write(root / "ringwork.yaml", RINGWORK)
    versions = "prefix: /shop\nversions: [{ name: v1, document: v1.yaml }]\n"
    write(
        root / "apis/orders/api.yaml",
        api("Orders", f"http://127.0.0.1:{upstream_port}/orders-service") + versions,
    )
    write(root / "apis/orders/v1.yaml", ORDERS)
    none = "versioning: none\nversions: [{ name: v1, document: v1.yaml }]\n"
    write(
        root / "apis/stock/api.yaml", api("Stock", f"http://127.0.0.1:{upstream_port}/stock-service") + none
    )
    write(root / "apis/stock/v1.yaml", STOCK)
    write(root / "partners/globex.yaml", "title: Globex\nlimits: { per_minute: 600, per_day: 10000 }\n")
    write(root / "plans/free.yaml", "title: Free\nlimits: { per_minute: 60, per_day: 5000 }\n")
    return root


def api(title: str, upstream: str) -> str:
    owner = f"owner: {{ team: {title}, contact: {title.lower()}@acme.test }}"
    return f"title: {title}\n{owner}\naudience: public\nupstream: {upstream}\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

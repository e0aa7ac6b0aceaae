"""acme's contracts and services say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from examples.acme.services.mesh import Mesh, Reply
from examples.acme.services.serve import APPLICATIONS
from examples.acme.services.store import Store
from ringwork._native import Document

APIS = Path(__file__).resolve().parents[2] / "examples" / "acme" / "estate" / "apis"
METHODS = ("get", "put", "post", "delete", "patch")

# (API, its documents, where the service has that version)
DOCUMENTS = [
    ("orders", "v1/openapi.yaml", "/v1"),
    ("orders", "v2/openapi.yaml", "/v2"),
    ("inventory", "2024-01-15/openapi.json", ""),
    ("inventory", "2025-06-01/openapi.yaml", ""),
    ("shipping", "v1/openapi.yaml", ""),
    ("billing", "v1/openapi.yaml", ""),
    ("crm", "openapi.yaml", ""),
]
READABLE = [
    ("orders", "v1/openapi.yaml", "/orders/{orderId}", "/v1/orders/42", {}),
    ("orders", "v2/openapi.yaml", "/orders/{orderId}", "/v2/orders/42", {}),
    ("orders", "v2/openapi.yaml", "/orders", "/v2/orders", {}),
    ("orders", "v2/openapi.yaml", "/orders/{orderId}/history", "/v2/orders/42/history", {}),
    ("inventory", "2024-01-15/openapi.json", "/products/{sku}", "/products/ANVIL-1", {}),
    (
        "inventory",
        "2025-06-01/openapi.yaml",
        "/products/{sku}",
        "/products/ANVIL-1",
        {"API-Version": "2025-06-01"},
    ),
    ("inventory", "2025-06-01/openapi.yaml", "/products/{sku}/stock", "/products/ANVIL-1/stock", {}),
    ("shipping", "v1/openapi.yaml", "/tracking/{trackingCode}", "/tracking/ACME41", {}),
    ("shipping", "v1/openapi.yaml", "/shipments/{shipmentId}", "/shipments/500", {}),
    ("billing", "v1/openapi.yaml", "/invoices/{invoiceId}", "/invoices/INV-42", {}),
    ("billing", "v1/openapi.yaml", "/revenue", "/revenue", {}),
    ("crm", "openapi.yaml", "/customers/{customerId}", "/customers/globex", {}),
    ("crm", "openapi.yaml", "/customers/{customerId}/risk", "/customers/globex/risk", {}),
]


class NoNeighbours:
    def call(self, method: str, path: str, body: object | None = None) -> Reply:
        raise AssertionError(f"{method} {path} is not expected here")


def _service(api: str, data: Path) -> FastAPI:
    mesh: Mesh = NoNeighbours()
    return APPLICATIONS[api](Store(data / "store.db"), mesh)


def _read(file: Path) -> Any:
    return Document.parse(file.read_bytes(), file.name).value()


def _resolved(value: Any, file: Path) -> tuple[Any, Path]:
    """`value` with its own `$ref` followed, and the file it is in then."""
    while isinstance(value, dict) and "$ref" in value:
        name, _, pointer = value["$ref"].partition("#")
        file = (file.parent / name).resolve() if name else file
        value = _read(file)
        for part in filter(None, pointer.split("/")):
            value = value[part.replace("~1", "/").replace("~0", "~")]
    return value, file


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _operations(paths: dict[str, Any]) -> set[tuple[str, str]]:
    return {(m.upper(), _shape(path)) for path, item in paths.items() for m in METHODS if m in item}


def _declared(file: Path) -> set[tuple[str, str]]:
    paths = _read(file)["paths"]
    return _operations({template: _resolved(item, file)[0] for template, item in paths.items()})


def _served(service: FastAPI, below: str) -> set[tuple[str, str]]:
    paths = service.openapi()["paths"]
    return _operations(
        {path.removeprefix(below): paths[path] for path in paths if path.startswith(f"{below}/")}
    )


@pytest.mark.parametrize(("api", "document", "below"), DOCUMENTS)
def test_a_service_has_the_operations_of_its_contract_and_no_others(
    api: str, document: str, below: str, tmp_path: Path
) -> None:
    assert _declared(APIS / api / document) == _served(_service(api, tmp_path), below)


@pytest.mark.parametrize(("api", "document", "template", "path", "headers"), READABLE)
def test_answers_hold_what_the_contract_declares_and_nothing_more(
    api: str, document: str, template: str, path: str, headers: dict[str, str], tmp_path: Path
) -> None:
    """Until undeclared fields are filtered, one in an answer of acme would reach the outer rings."""
    file = APIS / api / document
    item, where = _resolved(_read(file)["paths"][template], file)
    schema = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = TestClient(_service(api, tmp_path)).get(path, headers=headers)
    assert answer.status_code == 200
    assert list(_differences(answer.json(), schema, where, "$")) == []


def _differences(value: Any, schema: Any, file: Path, place: str) -> list[str]:
    """Members that are not declared, or required and missing; anywhere below `value`."""
    schema, file = _resolved(schema, file)
    if isinstance(value, list):
        items = [(element, f"{place}[{index}]") for index, element in enumerate(value)]
        return [each for element, at in items for each in _differences(element, schema["items"], file, at)]
    if not isinstance(value, dict):
        return []
    properties = schema.get("properties", {})
    wrong = [f"{place}.{name} is not declared" for name in value if name not in properties]
    wrong += [f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value]
    for name in set(value) & set(properties):
        wrong += _differences(value[name], properties[name], file, f"{place}.{name}")
    return wrong

"""The contract, compiled as the control plane compiles what stands in an estate."""

from __future__ import annotations

from pathlib import Path

from ringwork.audience import Audience
from ringwork.governance.exposure import VersionExposure
from ringwork.governance.filtering import with_filters
from ringwork.intent.model import OperationIntent, VersionShape
from ringwork.openapi import Operation, open_contract

STORES = 200
# What is under a store, and which path item of the contract it is.
TEMPLATES = {
    "/orders/{id}": "order",
    "/customers/{id}/last-order": "last-order",
    "/orders": "orders",
    "/customers/{id}/orders": "orders-of-customer",
    "/archive": "archive",
    "/placed": "placed",
}
_CONTRACT = Path(__file__).with_name("contract.yaml")


def compiled(work: Path) -> VersionShape:
    """All operations on the public ring, and what leaves of their responses. `work`: where the document is written.

    Raises RuntimeError when something of the contract is not as this benchmark needs it.
    """
    (work / "orders.yaml").write_text(_document())
    native, contract, findings = open_contract(work, "orders.yaml", ())
    if native is None or contract is None:
        raise RuntimeError(f"the contract cannot be read: {findings}")
    published = VersionShape(tuple(_public(operation) for operation in contract.operations))
    filtered, closed = with_filters(VersionExposure("bench", "v1", published), native, contract)
    kept_back = [one.id for one in filtered.operations if not one.published.reaches(Audience.PUBLIC)]
    if closed or kept_back:
        raise RuntimeError(f"the public ring is not served all of it: {closed} {kept_back}")
    return filtered.shape


def _document() -> str:
    """As in large real contracts, a thousand operations share a few schemas."""
    paths = (
        f'  /stores-{store}{template}: {{ $ref: "#/components/pathItems/{item}" }}\n'
        for store in range(STORES)
        for template, item in TEMPLATES.items()
    )
    return f"{_CONTRACT.read_text()}paths:\n{''.join(paths)}"


def _public(operation: Operation) -> OperationIntent:
    return OperationIntent(
        id=operation.id,
        method=operation.method,
        template=operation.template,
        published=Audience.PUBLIC,
        feature=None,
        response_headers=operation.response_headers,
        declared_at=operation.location,
        decided_at=None,
    )

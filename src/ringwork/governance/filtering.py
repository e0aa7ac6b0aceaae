"""What leaves of a version's responses, ring by ring; operations that are nothing without what a ring may not see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.governance.exposure import VersionExposure
from ringwork.intent.model import OperationIntent, VersionShape
from ringwork.kernel.findings import Finding
from ringwork.kernel.packed import pack
from ringwork.openapi import Contract, Operation, compile_filters


def with_filters(
    exposure: VersionExposure, native: _native.Contract, contract: Contract
) -> tuple[VersionExposure, list[Finding]]:
    """The version with a filter for each ring that knows it, innermost first: an operation a ring cannot be served is
    not served further out either.
    """
    declared = {operation.id: operation for operation in contract.operations}
    operations = exposure.operations
    projections: dict[Audience, str] = {}
    findings: dict[Finding, None] = {}
    for ring in RINGS:
        served = [declared[operation.id] for operation in operations if operation.published.reaches(ring)]
        if ring.is_outer and not served:
            break
        filters = compile_filters(native, ring, served)
        projections[ring] = pack(filters.projection)
        findings |= dict.fromkeys(replace(finding, api=exposure.api) for finding in filters.findings)
        operations = tuple(_kept_from(ring, operations, filters.unservable))
    return replace(exposure, shape=VersionShape(operations, projections)), list(findings)


def _kept_from(
    ring: Audience, operations: Iterable[OperationIntent], unservable: Iterable[Operation]
) -> Iterable[OperationIntent]:
    ids = {operation.id for operation in unservable}
    for operation in operations:
        if operation.id in ids and ring.is_outer:
            yield replace(operation, published=Audience(ring - 1))
        else:
            yield operation

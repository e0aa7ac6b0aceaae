"""What leaves of a version's responses and what its requests are held to, ring by ring; operations that cannot be
served to a ring that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.governance.exposure import VersionExposure
from ringwork.intent.model import OperationIntent, VersionShape
from ringwork.kernel.findings import Finding
from ringwork.kernel.packed import pack
from ringwork.openapi import (
    CompiledContract,
    Contract,
    Operation,
    compile_filters,
    compile_requests,
)


def with_filters(
    exposure: VersionExposure,
    native: _native.Contract,
    contract: Contract,
    unmatched_until: int | None = None,
) -> tuple[VersionExposure, list[Finding]]:
    """The version with a filter for each ring that knows it, innermost first: an operation a ring cannot be served is
    not served further out either. `unmatched_until`: see `compile_requests`.
    """
    declared = {operation.id: operation for operation in contract.operations}
    operations = exposure.operations
    projections: dict[Audience, str] = {}
    validations: dict[Audience, str] = {}
    findings: dict[Finding, None] = {}
    for ring in RINGS:
        served = [declared[operation.id] for operation in operations if operation.published.reaches(ring)]
        if ring.is_outer and not served:
            break
        filters, rules = _compiled(native, ring, served, unmatched_until)
        projections[ring], validations[ring] = pack(filters.written), pack(rules.written)
        found = (*filters.findings, *rules.findings)
        findings |= dict.fromkeys(replace(finding, api=exposure.api) for finding in found)
        operations = tuple(_kept_from(ring, operations, (*filters.unservable, *rules.unservable)))
    return replace(exposure, shape=VersionShape(operations, projections, validations)), list(findings)


def _compiled(
    native: _native.Contract, ring: Audience, served: Sequence[Operation], unmatched_until: int | None
) -> tuple[CompiledContract, CompiledContract]:
    """What cannot be served is in neither object. Of insiders' requests is told what would be refused, and no more."""
    filters = compile_filters(native, ring, served)
    if not ring.is_outer:
        told = compile_requests(native, ring, served)
        return filters, told._replace(unservable=(), findings=[])
    answered = [operation for operation in served if operation not in filters.unservable]
    rules = compile_requests(native, ring, answered, unmatched_until)
    if rules.unservable:
        both = compile_filters(native, ring, [one for one in answered if one not in rules.unservable])
        filters = filters._replace(written=both.written)
    return filters, rules


def _kept_from(
    ring: Audience, operations: Iterable[OperationIntent], unservable: Iterable[Operation]
) -> Iterable[OperationIntent]:
    ids = {operation.id for operation in unservable}
    for operation in operations:
        if operation.id in ids and ring.is_outer:
            yield replace(operation, published=Audience(ring - 1))
        else:
            yield operation

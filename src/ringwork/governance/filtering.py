"""What leaves of a version's responses and what its requests are held to, ring by ring; operations that cannot be
served to a ring that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from functools import cache

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.governance.exposure import VersionExposure
from ringwork.intent.model import OperationIntent, VersionShape
from ringwork.kernel.findings import Finding
from ringwork.kernel.packed import pack
from ringwork.kernel.together import together
from ringwork.openapi import (
    CompiledContract,
    Contract,
    Operation,
    compile_filters,
    compile_requests,
)

# Operations of a contract that is worth working at with two threads.
MANY = 2_000


class _What(IntEnum):
    """What is compiled for a ring."""

    RULES = 1
    FILTERS = 2


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
    compiling = _Compiling(native, unmatched_until)
    if len(declared) > MANY:
        compiling.begin({ring: _served(declared, exposure.operations, ring) for ring in RINGS})
    # Rings that see the same have the same objects.
    packed = cache(pack)
    operations = exposure.operations
    projections: dict[Audience, str] = {}
    validations: dict[Audience, str] = {}
    findings: dict[Finding, None] = {}
    for ring in RINGS:
        served = _served(declared, operations, ring)
        if ring.is_outer and not served:
            break
        filters, rules = _compiled(compiling, ring, served)
        projections[ring], validations[ring] = packed(filters.written), packed(rules.written)
        found = (*filters.findings, *rules.findings)
        findings |= dict.fromkeys(replace(finding, api=exposure.api) for finding in found)
        operations = tuple(_kept_from(ring, operations, (*filters.unservable, *rules.unservable)))
    words = exposure.shape.scope_words
    shape = VersionShape(operations, projections, validations, scope_words=words)
    return replace(exposure, shape=shape), list(findings)


def _served(
    declared: Mapping[str, Operation], operations: Iterable[OperationIntent], ring: Audience
) -> list[Operation]:
    return [declared[operation.id] for operation in operations if operation.published.reaches(ring)]


class _Compiling:
    """Compiles one contract for its rings. Of a large one all rings are begun at once, as if nothing were unservable;
    where something is, what depends on it is compiled again.
    """

    def __init__(self, native: _native.Contract, unmatched_until: int | None) -> None:
        self._native = native
        self._until = unmatched_until
        self._begun: dict[tuple[_What, Audience], tuple[Sequence[Operation], CompiledContract]] = {}

    def begin(self, served: Mapping[Audience, Sequence[Operation]]) -> None:
        # The longer ones first; what equals another ring's is waited for, so the rings follow each other.
        asked = [(what, ring, of) for ring, of in served.items() for what in _What if of or not ring.is_outer]
        made = together(lambda one: self._made(*one), asked)
        for (what, ring, operations), compiled in zip(asked, made, strict=True):
            self._begun[what, ring] = operations, compiled

    def filters(self, ring: Audience, operations: Sequence[Operation]) -> CompiledContract:
        return self._of(_What.FILTERS, ring, operations)

    def rules(self, ring: Audience, operations: Sequence[Operation]) -> CompiledContract:
        return self._of(_What.RULES, ring, operations)

    def _of(self, what: _What, ring: Audience, operations: Sequence[Operation]) -> CompiledContract:
        of, begun = self._begun.pop((what, ring), ((), None))
        return begun if begun is not None and of == operations else self._made(what, ring, operations)

    def _made(self, what: _What, ring: Audience, operations: Sequence[Operation]) -> CompiledContract:
        if what is _What.FILTERS:
            return compile_filters(self._native, ring, operations)
        return compile_requests(self._native, ring, operations, self._until if ring.is_outer else None)


def _compiled(
    compiling: _Compiling, ring: Audience, served: Sequence[Operation]
) -> tuple[CompiledContract, CompiledContract]:
    """What cannot be served is in neither object. Of insiders' requests is told what would be refused, and no more."""
    filters = compiling.filters(ring, served)
    if not ring.is_outer:
        told = compiling.rules(ring, served)
        return filters, told._replace(unservable=(), findings=[])
    left_out = frozenset(operation.id for operation in filters.unservable)
    answered = [operation for operation in served if operation.id not in left_out]
    rules = compiling.rules(ring, answered)
    if rules.unservable:
        refused = frozenset(operation.id for operation in rules.unservable)
        both = compiling.filters(ring, [one for one in answered if one.id not in refused])
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

"""Operations as a gateway can tell them apart: at most one per method and shape of path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ringwork.kernel.findings import Finding, Severity
from ringwork.openapi.model import Operation
from ringwork.openapi.scopes import all_of
from ringwork.openapi.templates import PathTemplate

_NAMES = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class DeclaredOperation:
    """An operation as the document has it, at the path it has it."""

    path: PathTemplate
    operation: Operation


def tell_apart(declared: Sequence[DeclaredOperation]) -> tuple[list[Operation], list[Finding]]:
    """The operations a gateway can serve, with ids no two share.

    Several operations of one method and shape arrive as the same request. They become one, no wider than any of
    them, because the upstream may answer as any of them.
    """
    templates = _templates(declared)
    arriving: dict[tuple[str, str], list[DeclaredOperation]] = {}
    for item in declared:
        arriving.setdefault((item.path.shape, item.operation.method), []).append(item)
    operations, findings = [], []
    for (shape, _), items in arriving.items():
        operations.append(_as_one(items, templates[shape]))
        findings.extend(_indistinguishable(items))
        findings.extend(_recorded_twice(items, templates[shape]))
    operations, more = _with_own_ids(operations)
    return operations, [*findings, *more]


def _templates(declared: Iterable[DeclaredOperation]) -> dict[str, str]:
    """Per shape the first template that is one, else the first that was cut to be one."""
    cut: dict[str, str] = {}
    whole: dict[str, str] = {}
    for item in declared:
        (cut if item.path.is_cut else whole).setdefault(item.path.shape, item.path.path)
    return cut | whole


def _as_one(items: Sequence[DeclaredOperation], template: str) -> Operation:
    first = _leader(items)
    operation = replace(_named_as(first, template), template=template)
    if len(items) == 1:
        return operation
    everyone = [_named_as(item, template) for item in items]
    agreed = _agree(everyone) and all(one.bindings == operation.bindings for one in everyone)
    return replace(
        operation,
        id=f"{operation.method} {template}" if first.path.is_cut else operation.id,
        tags=tuple(dict.fromkeys(tag for one in everyone for tag in one.tags)),
        label=operation.label if agreed else None,
        path_item_labels=operation.path_item_labels if agreed else (),
        response_headers=tuple(sorted({name for one in everyone for name in one.response_headers})),
        declared=tuple(number for one in everyone for number in one.declared),
        scopes=all_of(one.scopes for one in everyone),
        callers=tuple(callers for one in everyone for callers in one.callers),
        # Where one of them lets no people in, nobody can tell that it was not meant.
        groups=tuple(groups for one in everyone for groups in one.groups)
        if all(one.groups for one in everyone)
        else (),
        # Where they say different things, nobody can tell which of them ends.
        ending=operation.ending if _same(one.ending for one in everyone) else None,
        ending_parameters=operation.ending_parameters
        if _same(one.ending_parameters for one in everyone)
        else (),
        record=next((one.record for one in everyone if one.record), None),
    )


def _same(values: Iterable[object]) -> bool:
    first, *others = values
    return all(other == first for other in others)


def _leader(items: Sequence[DeclaredOperation]) -> DeclaredOperation:
    return next((item for item in items if not item.path.is_cut), items[0])


def _agree(operations: Sequence[Operation]) -> bool:
    """Whether the labels on all of them and their path items ask for the same."""
    return all(_asked(operation) == _asked(operations[0]) for operation in operations)


def _named_as(item: DeclaredOperation, template: str) -> Operation:
    """With the values of its path bound by the names that the path it arrives at has for them."""
    if not item.operation.bindings and item.operation.record is None:
        return item.operation
    names = dict(zip(_NAMES.findall(item.path.path), _NAMES.findall(template), strict=True))
    bindings = (
        one._replace(name=names[one.name]) if one.place == "path" else one for one in item.operation.bindings
    )
    record = item.operation.record
    if record is not None and record.place == "path":
        record = record._replace(name=names[record.name])
    return replace(item.operation, bindings=tuple(bindings), record=record)


def _asked(operation: Operation) -> tuple[object, ...]:
    own = None if operation.label is None else operation.label.value
    return (own, *(label.value for label in operation.path_item_labels))


def _indistinguishable(items: Sequence[DeclaredOperation]) -> list[Finding]:
    """One finding for all that arrive alike: there can be hundreds."""
    leader = _leader(items)
    others = [item for item in items if item is not leader]
    if not others:
        return []
    agreed = _agree([item.operation for item in items])
    effect = "they are published as one" if agreed else "their labels differ, so all of them stay internal"
    more = f" (and {len(others) - 1:,} more)" if len(others) > 1 else ""
    method, other, first = leader.operation.method, others[0], leader.operation.location
    message = (
        f"{method} {other.path.text[:120]}{more} arrives as the same request as "
        f"{method} {leader.path.text[:120]} ({first}): {effect}"
    )
    help = "Give them paths or methods of their own, or equal labels."
    location = other.operation.location
    return [Finding("operation-indistinguishable", Severity.WARNING, message, help, location)]


def _recorded_twice(items: Sequence[DeclaredOperation], template: str) -> list[Finding]:
    """Whoever calls one of them calls all of them: it is on one record."""
    recorded = [item for item in items if item.operation.record is not None]
    records = {_named_as(item, template).record for item in recorded}
    if len(records) < 2:
        return []
    first, other = recorded[0].operation, recorded[-1].operation
    message = (
        f"{other.method} {recorded[-1].path.text[:120]} arrives as the same request as "
        f"{recorded[0].path.text[:120]} ({first.location}), and is on another record"
    )
    return [
        Finding("record-ambiguous", Severity.ERROR, message, "Give both the same x-record.", other.location)
    ]


def _with_own_ids(operations: Iterable[Operation]) -> tuple[list[Operation], list[Finding]]:
    """The first keeps an id; later ones are named by method and path, which nobody else has."""
    first_of: dict[str, Operation] = {}
    named, findings = [], []
    for operation in operations:
        first = first_of.setdefault(operation.id, operation)
        if first is operation:
            named.append(operation)
            continue
        named.append(replace(operation, id=f"{operation.method} {operation.template}"))
        message = f"the operationId {operation.id[:120]} is taken ({first.location})"
        help = "Give it an id of its own; until then it is named by method and path."
        findings.append(
            Finding("operation-id-duplicate", Severity.WARNING, message, help, operation.location)
        )
    return named, findings

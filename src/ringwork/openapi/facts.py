"""The arena's tuples as typed facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from ringwork import _native
from ringwork.kernel.findings import Finding, Location
from ringwork.openapi.model import (
    Binding,
    Callers,
    Contract,
    EndingFact,
    EndingParameter,
    LabelFact,
    LabelKind,
    NamedAt,
    Operation,
    Record,
    Server,
)
from ringwork.openapi.operations import DeclaredOperation, tell_apart
from ringwork.openapi.templates import PathTemplate, read_templates


def read_facts(native: _native.Contract) -> tuple[Contract, list[Finding]]:
    """The contract, and what is wrong with its paths and operations."""
    labels = tuple(
        LabelFact(cast(LabelKind, kind), name, value, Location(file, line, column))
        for kind, name, value, file, line, column in native.labels()
    )
    templates, findings = read_templates(
        (text, Location(file, line, column)) for text, file, line, column in native.paths()
    )
    operations, more = tell_apart(_declared(native, labels, templates))
    contract = Contract(
        openapi=native.openapi or "",
        title=native.title,
        version=native.version,
        servers=tuple(
            Server(url, Location(file, line, column)) for url, file, line, column in native.servers()
        ),
        security_schemes=tuple(native.security_schemes),
        scope_words=tuple(native.scope_descriptions),
        operations=tuple(operations),
        labels=labels,
        files=tuple(name for name, _ in native.files),
        sha256=native.sha256,
    )
    return contract, [*findings, *more]


def _declared(
    native: _native.Contract, labels: tuple[LabelFact, ...], templates: list[PathTemplate | None]
) -> list[DeclaredOperation]:
    declared = []
    for number, fact in enumerate(native.operations()):
        template = templates[fact.path]
        if template is not None:
            operation = _operation(number, fact, template.path, labels)
            declared.append(DeclaredOperation(template, operation))
    return declared


def _operation(
    number: int,
    fact: _native.OperationFact,
    template: str,
    labels: tuple[LabelFact, ...],
) -> Operation:
    method = fact.method.upper()
    return Operation(
        id=fact.id or f"{method} {template}",
        method=method,
        template=template,
        tags=tuple(fact.tags),
        label=None if fact.label is None else labels[fact.label],
        path_item_labels=tuple(labels[index] for index in fact.path_item_labels),
        feature=fact.feature,
        response_headers=tuple(fact.response_headers),
        location=Location(fact.file, fact.line, fact.column),
        declared=(number,),
        scopes=tuple(tuple(scopes) for scopes in fact.scopes),
        bindings=tuple(Binding(place, name, tuple(any)) for place, name, any in fact.bindings),
        callers=tuple(Callers(_named(services), _named(groups)) for services, groups in fact.callers),
        groups=tuple(_named(groups) for groups in fact.groups),
        ending=None if fact.ending is None else EndingFact(*fact.ending),
        ending_parameters=tuple(
            EndingParameter(place, name, EndingFact(*ending))
            for place, name, ending in fact.ending_parameters
        ),
        record=None if fact.record is None else Record(*fact.record),
    )


def _named(names: Iterable[tuple[str, str, int, int]]) -> tuple[NamedAt, ...]:
    return tuple(NamedAt(name, Location(file, line, column)) for name, file, line, column in names)

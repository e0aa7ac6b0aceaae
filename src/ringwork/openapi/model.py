"""What a contract says, without a word about rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ringwork.kernel.findings import Location
from ringwork.openapi.scopes import Alternatives

LabelKind = Literal[
    "info",
    "tag",
    "path_item",
    "operation",
    "parameter",
    "header",
    "schema",
    "property",
    "enum_value",
    "response",
    "request_body",
    "media_type",
    "responses",
    "encoding",
    "example",
    "security_scheme",
    "other",
]


@dataclass(frozen=True, slots=True)
class LabelFact:
    """An `x-audience`, or an entry of `x-enum-audience`, as written.

    `name` is the parameter's or tag's name, the enum value, or the key of the labelled part. `value` is any JSON
    value: whoever understands audiences judges it. Kind `other` is a place where an audience means nothing,
    callbacks and webhooks included.
    """

    kind: LabelKind
    name: str
    value: Any
    location: Location


class Binding(NamedTuple):
    """A value of a request, and what it must equal one of. `place`: path, query, header or body; `name`: of the
    parameter, or a JSON Pointer. `any`: kind (claim, consumer, application) and the pointer of a claim.
    """

    place: str
    name: str
    any: tuple[tuple[str, str], ...]


class NamedAt(NamedTuple):
    """A name of a service or a group, and where it is written."""

    name: str
    location: Location


class Callers(NamedTuple):
    """Services that may call, by name or SPIFFE id, and functional groups of them."""

    services: tuple[NamedAt, ...]
    groups: tuple[NamedAt, ...]


class EndingFact(NamedTuple):
    """When a part ends, as its document says; seconds since the Unix epoch. `successor`: path of the operation to move
    to.
    """

    deprecated_at: int | None
    sunset_at: int | None
    guide: str | None
    successor: str | None = None


class EndingParameter(NamedTuple):
    """`place`: query, header or cookie; names of header fields in lower case."""

    place: str
    name: str
    ending: EndingFact


class Record(NamedTuple):
    """What a call writes (`x-record`): the record's type, and where its id stands, `path`, `query`, `request` or
    `response`, the latter two with a JSON Pointer for a name. `sensitive`: the id is marked so.
    """

    type: str
    place: str
    name: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation a gateway can tell from the others: a method (upper case) on a path template.

    `id` is the `operationId`, or `GET /orders/{orderId}` where there is none or another operation has it.
    `path_item_labels` are two where a path item is a reference and both ends are labelled.
    `feature` is `x-feature` as written; `response_headers` are the declared ones, lower case, sorted.
    `declared` are the numbers of the document's operations that arrive as this one, in the order of the document.
    `scopes`: all of any one of these are demanded; none: nothing is. `bindings`: values that must be the caller's.
    `callers`: services that may call are in each; none: any. `groups`: people in one of each; none: nobody.
    `ending`: where it is deprecated and dated; `ending_parameters`: those of its parameters that are.
    `record`: what its calls write; None: they are on no record.
    """

    id: str
    method: str
    template: str
    tags: tuple[str, ...]
    label: LabelFact | None
    path_item_labels: tuple[LabelFact, ...]
    feature: Any
    response_headers: tuple[str, ...]
    location: Location
    declared: tuple[int, ...] = ()
    scopes: Alternatives = ()
    bindings: tuple[Binding, ...] = ()
    callers: tuple[Callers, ...] = ()
    groups: tuple[tuple[NamedAt, ...], ...] = ()
    ending: EndingFact | None = None
    ending_parameters: tuple[EndingParameter, ...] = ()
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """An address as declared, possibly relative or with variables."""

    url: str
    location: Location


@dataclass(frozen=True, slots=True)
class Contract:
    """An OpenAPI 3.0 or 3.1 document, its overlays, and all files it refers to.

    `scope_words`: scopes of its OAuth 2.0 schemes, with what it says of each.
    `files` are names relative to the estate; `sha256` changes with the name or content of any of them.
    """

    openapi: str
    title: str | None
    version: str | None
    servers: tuple[Server, ...]
    security_schemes: tuple[str, ...]
    scope_words: tuple[tuple[str, str], ...]
    operations: tuple[Operation, ...]
    labels: tuple[LabelFact, ...]
    files: tuple[str, ...]
    sha256: str

"""One version of an API on one ring: its contract as that ring reads it, and the policies that hold there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ringwork.audience import Audience
from ringwork.governance.ending import has_ended
from ringwork.governance.exposed.items import ExposedItem, unpack
from ringwork.governance.style.documents import RingDocument
from ringwork.intent.model import ApiIntent, Intent, Limit, OperationIntent, RingIntent, VersionIntent
from ringwork.kernel.findings import Location
from ringwork.style.results import escaped

# References that lead to references; a document that has more goes round.
_HOPS = 16
# Schemas within schemas that are looked through.
_DEPTH = 24

Path = tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One operation the ring sees. `value`: as its document has it; `path`: where."""

    intent: OperationIntent
    value: Mapping[str, Any]
    path: Path

    @property
    def name(self) -> str:
        return f"{self.intent.method} {self.intent.template}"

    @property
    def writes(self) -> bool:
        """Not safe (RFC 9110, section 9.2.1)."""
        return self.intent.method not in ("GET", "HEAD", "OPTIONS", "TRACE")


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation, references resolved; `path`: where it is referred to or written."""

    name: str
    place: str
    schema: Mapping[str, Any]
    path: Path


@dataclass(frozen=True)
class Subject:
    """What rules are asked about."""

    intent: Intent
    api: ApiIntent
    version: VersionIntent
    ring: RingIntent
    document: RingDocument
    now: datetime

    @property
    def audience(self) -> Audience:
        return self.ring.audience

    @property
    def is_outer(self) -> bool:
        return self.audience.is_outer

    @property
    def place(self) -> Location:
        """Of the version in `api.yaml`."""
        return self.version.declared_at

    def at(self, path: Sequence[str]) -> Location:
        """Where a part of the document is written in the estate."""
        return self.document.place(path)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Those this ring sees and is answered by: one that ended is gone (410)."""
        found = []
        for operation in self.version.operations:
            end = operation.ending.sunset_at if operation.ending is not None else None
            is_over = end is not None and end <= self.now.timestamp()
            if operation.published.reaches(self.audience) and not is_over:
                path = ("paths", operation.template, operation.method.lower())
                found.append(Operation(operation, _dict(self._value(path)), path))
        return tuple(found)

    def parameters(self, operation: Operation) -> Iterator[Parameter]:
        """Of an operation and of its path item."""
        for holder in (operation.path[:2], operation.path):
            for index, one in enumerate(_list(_dict(self._value(holder)).get("parameters"))):
                told = self.resolved(one)
                name, place = told.get("name"), told.get("in")
                if isinstance(name, str) and isinstance(place, str):
                    schema = self.resolved(told.get("schema"))
                    yield Parameter(name, place, schema, (*holder, "parameters", str(index)))

    def sent(self, operation: Operation) -> Iterator[tuple[str, Mapping[str, Any], Path]]:
        """Properties of the bodies it takes: name, schema, path of where it stands."""
        body = self.resolved(operation.value.get("requestBody"))
        for media, told in _dict(body.get("content")).items():
            path = (*operation.path, "requestBody", "content", media, "schema")
            yield from self._properties(_dict(told).get("schema"), path, 0, set())

    def _properties(
        self, schema: Any, path: Path, depth: int, seen: set[int]
    ) -> Iterator[tuple[str, Mapping[str, Any], Path]]:
        told = self.resolved(schema)
        if depth > _DEPTH or id(told) in seen:
            return
        seen.add(id(told))
        for name, one in _dict(told.get("properties")).items():
            yield name, self.resolved(one), path
            yield from self._properties(one, path, depth + 1, seen)
        within = [told.get("items"), told.get("additionalProperties")]
        for word in ("allOf", "anyOf", "oneOf", "prefixItems"):
            within += _list(told.get(word))
        for one in within:
            yield from self._properties(one, path, depth + 1, seen)

    def resolved(self, value: Any) -> Mapping[str, Any]:
        """An object, or what it refers to; nothing where that is none."""
        for _ in range(_HOPS):
            told = _dict(value)
            reference = told.get("$ref")
            if not isinstance(reference, str):
                return told
            tokens = [token.replace("~1", "/").replace("~0", "~") for token in reference.split("/")[1:]]
            value = self._value(tokens) if reference.startswith("#/") else None
        return {}

    def _value(self, path: Sequence[str]) -> Any:
        value = self.document.value
        for token in path:
            value = value.get(token) if isinstance(value, dict) else None
        return value

    @property
    def versions(self) -> tuple[VersionIntent, ...]:
        """Of the API, those that this ring knows and is answered by."""
        return tuple(
            one
            for one in self.api.versions
            if one.is_known_on(self.audience)
            and not has_ended(self.intent, self.api.name, one, self.audience, self.now)
        )

    @cached_property
    def exposed(self) -> tuple[ExposedItem, ...]:
        """What this ring can send and read, as `exposure.lock` has it; nothing of the internal one."""
        if not self.is_outer:
            return ()
        return tuple(item for item in unpack(self.version.exposed) if item.ring.reaches(self.audience))

    @property
    def has_credentials(self) -> bool:
        """Whether callers of this ring are known by anything."""
        ring = self.ring
        return ring.mtls or ring.service_token or ring.api_key or bool(ring.issuers)

    @property
    def holds_requests(self) -> bool:
        """Whether the gateway holds requests to the contract here, all of them."""
        return self.audience in self.version.validations and self.version.observe is None

    @cached_property
    def limits(self) -> tuple[tuple[str, Limit], ...]:
        """Every limit a caller of this ring may be under, and whose it is."""
        found = [("the ring's default", self.ring.default_limit)] if self.ring.default_limit else []
        if self.audience is Audience.PARTNER:
            found += [(f"partner {one.name}", one.limit) for one in self.intent.partners]
        elif self.audience is Audience.PUBLIC:
            found += [(f"plan {one.name}", one.limit) for one in self.intent.plans]
        return tuple(found)


def pointer(path: Sequence[str]) -> str:
    """RFC 6901."""
    return escaped(path)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

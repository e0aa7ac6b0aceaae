"""An API version that is swept: its whole contract, and what each ring is shown of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringwork._native import match_template, template_problem
from ringwork.audience import Audience
from ringwork.kernel.refusal import Refused
from ringwork.mock.document import METHODS, Document
from ringwork.openapi import RingView
from ringwork.openapi.authentication import Authentication
from ringwork.openapi.load import open_contract
from ringwork.openapi.projection import project_opened, project_whole
from ringwork.sweep.expecting import ShownDocument
from ringwork.sweep.marks import MarkedFiles


@dataclass(frozen=True, slots=True)
class Served:
    """A version as gateways serve it. `published`: operation id → the furthest ring that is served it.

    `number`: what it is before at the upstream. `bases`: per ring the path below which it is, without the document's;
    `hosts`: one name per ring. `away`: per ring the operations that have ended there, or are in a brownout.
    """

    number: int
    api: str
    version: str
    widest: Audience
    published: Mapping[str, Audience]
    bases: Mapping[Audience, str]
    hosts: Mapping[Audience, str]
    header_version: bool
    away: Mapping[Audience, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """`item` is its path item, `written` its own object, of the whole contract."""

    id: str
    method: str
    template: str
    item: Mapping[str, Any]
    written: Mapping[str, Any]
    published: Audience


class Subject:
    """`document` with its `overlays` are names relative to `root`. Raises Refused when they cannot be read."""

    def __init__(self, served: Served, root: Path, document: str, overlays: Sequence[str]) -> None:
        files = MarkedFiles(root, overlays)
        self.served = served
        self._opened = open_contract(root, document, overlays, files)
        text, findings = project_whole(self._opened)
        if text is None or self._opened.contract is None:
            said = findings[0].message if findings else "nothing of it is left"
            message = f"{served.api} {served.version} cannot be read: {said}"
            raise Refused("api-broken", message, "`ringwork plan` shows what is wrong.")
        self.places = files.places
        self.document = Document(json.loads(text))
        self._operations = self._opened.contract.operations
        self._shown: dict[Audience, ShownDocument] = {}
        self._templates: dict[str, list[tuple[str, bool]]] = {}

    @property
    def name(self) -> str:
        return f"{self.served.api} {self.served.version}"

    def shown(self, ring: Audience) -> ShownDocument:
        """What `ring` is shown, marks and all."""
        if ring not in self._shown:
            reaching = {id for id, published in self.served.published.items() if published.reaches(ring)}
            view = RingView(ring, self.served.widest, reaching, (), Authentication(False, False, False))
            text, _ = project_opened(self._opened, view, "json")
            self._shown[ring] = ShownDocument(json.loads(text or "{}"))
        return self._shown[ring]

    def operations(self) -> Iterator[Operation]:
        """Those a gateway tells from others."""
        for operation in self._operations:
            item = self.document.resolved(
                self.document.members(self.document.root, "paths").get(operation.template)
            )
            written = item.get(operation.method.lower())
            if isinstance(written, dict) and operation.id in self.served.published:
                published = self.served.published[operation.id]
                yield Operation(operation.id, operation.method, operation.template, item, written, published)

    def taken_by(self, method: str, path: str) -> str | None:
        """The template of the operation a request is for: a concrete path comes before a templated one (OpenAPI, Paths
        Object), and one with a `#` is what stands before it.
        """
        if method not in self._templates:
            served = (one.template for one in self._operations if one.method == method)
            self._templates[method] = [(one, False) for one in served if template_problem(one) is None]
        return match_template(self._templates[method], path)

    def undeclared_methods(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(method, template, path item): one of each path that the contract does not have."""
        for template, written in self.document.paths():
            item = self.document.resolved(written)
            missing = (method for method in ("delete", "patch", "put", "post") if method not in item)
            method = next(missing, None)
            if method is not None and any(one in item for one in METHODS):
                yield method.upper(), template, item

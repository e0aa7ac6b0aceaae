"""A document that says of itself that it ends: an overlay, laid over all its operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ringwork import _native
from ringwork.openapi.files import ContractReader

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# No file of an estate has this name: it has a NUL.
NAME = "\0ending"


@dataclass(frozen=True, slots=True)
class Ending:
    """`deprecated`: every operation is; `text`: what readers are told, before the description; `facts`: extensions of
    `info`.
    """

    deprecated: bool
    text: str
    facts: Mapping[str, str]


def overlay(ending: Ending, native: _native.Contract) -> bytes:
    """OpenAPI Overlay 1.0, JSON, for the document as it was read."""
    described = _description(native)
    text = f"**{ending.text}**\n\n{described}" if described else f"**{ending.text}**"
    actions: list[dict[str, object]] = [{"target": "$.info", "update": {"description": text, **ending.facts}}]
    if ending.deprecated:
        actions += [
            {"target": f"$.paths.*.{method}", "update": {"deprecated": True}}
            for method in METHODS
            if _is_there(native, method)
        ]
    info = {"title": "End of the version", "version": "1"}
    return json.dumps({"overlay": "1.0.0", "info": info, "actions": actions}).encode()


def _is_there(native: _native.Contract, method: str) -> bool:
    return any(operation.method.lower() == method for operation in native.operations())


def _description(native: _native.Contract) -> str:
    try:
        described = native.value("/info/description")
    except KeyError:
        return ""
    return described if isinstance(described, str) else ""


class WithEnding:
    """The files of a contract, and the overlay beside them."""

    def __init__(self, files: ContractReader, overlay: bytes) -> None:
        self._files = files
        self._overlay = overlay

    def read(self, name: str) -> tuple[str, bytes]:
        """Canonical name and bytes. Raises Refused."""
        return (name, self._overlay) if name == NAME else self._files.read(name)

    def referred(self, base: str, reference: str) -> tuple[str, bytes]:
        """The same of what the file `base` refers to. Raises Refused."""
        return self._files.referred(base, reference)

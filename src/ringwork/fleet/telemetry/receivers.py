"""What a node's manifest says of receivers, with the values its secrets file has for their references."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ringwork.bundle.publish import Publication
from ringwork.bundle.signing import shared_payload
from ringwork.fleet.directory import NodeDirectory
from ringwork.usage.otlp.spans import Service

Signal = Literal["traces", "logs"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)


class NoValue(LookupError):
    """A reference without a value that can be used on this node; the text says which, and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where one signal goes. `headers` hold credentials."""

    endpoint: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    ca_pem: str | None = None


def receiver(manifest: Mapping[str, Any], signal: Signal, values: Mapping[str, str]) -> Receiver | None:
    """None while the signal is off. Raises NoValue."""
    stated = _stated(manifest, signal)
    if stated is None:
        return None

    def value(reference: str) -> str:
        if reference not in values:
            raise NoValue(f"{reference} has no value on this node")
        return values[reference]

    def sent(reference: str) -> str:
        # Said here, because whoever sends headers would quote what it cannot send.
        if not (value(reference).isascii() and value(reference).isprintable()):
            raise NoValue(f"the value of {reference} cannot be sent in a header")
        return value(reference)

    headers = tuple((name, sent(reference)) for name, reference in stated["headers"].items())
    return Receiver(stated["endpoint"], headers, None if stated["ca"] is None else value(stated["ca"]))


def is_on(manifest: Mapping[str, Any], signal: Signal) -> bool:
    """Whether it is to be sent anywhere."""
    return _stated(manifest, signal) is not None


def _stated(manifest: Mapping[str, Any], signal: Signal) -> Mapping[str, Any] | None:
    of_signal = manifest.get("observability", {}).get(signal) or {}
    stated: Mapping[str, Any] | None = of_signal.get("otlp")
    return stated


class NodeManifest:
    """The manifest in force on a node, and what it names; read again when it is another one."""

    def __init__(self, node: NodeDirectory) -> None:
        self._publication = Publication(node.published)
        self._name = ""
        self._payload: dict[str, Any] = {}
        self._services: dict[tuple[str, str, str], Service | None] = {}

    def payload(self) -> Mapping[str, Any]:
        """Empty before the first revision. What cannot be read leaves the one before in force."""
        current = self._publication.current()
        if current is not None and current.manifest != self._name:
            try:
                self._payload = shared_payload(self._publication.manifest(current.manifest))
            except (OSError, ValueError):
                return self._payload
            self._name, self._services = current.manifest, {}
        return self._payload

    def service(self, ring: str, api: str, version: str) -> Service | None:
        """Where calls of this version go; None when this revision does not know it."""
        subject = (ring, api, version)
        if subject not in self._services:
            self._services[subject] = self._service(*subject)
        return self._services[subject]

    def _service(self, ring: str, api: str, version: str) -> Service | None:
        routes = self._payload.get("rings", {}).get(ring, {}).get("routes", ())
        named = (route["api"] for route in routes if route.get("api") is not None)
        bundle = next((known["versions"].get(version) for known in named if known["name"] == api), None)
        if bundle is None:
            return None
        try:
            upstream = json.loads(self._publication.object(bundle))["upstream"]
            return Service(str(upstream["host"]), int(upstream["port"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

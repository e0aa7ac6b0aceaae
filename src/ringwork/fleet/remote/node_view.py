"""What one node may see of the current revision: its rings, its addresses, signed like the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringwork.bundle.publish import Pointer, Publication
from ringwork.bundle.references import referenced_objects
from ringwork.bundle.signing import manifest_payload
from ringwork.control.node_records import Place
from ringwork.kernel.canonical import content_hash

# Kinds of nodes at once: each set of rings and addresses is one.
_KEPT_VIEWS = 64

# Signed manifest, rings, listeners → the part for a node of these rings, signed.
PartForNode = Callable[[bytes, tuple[str, ...], dict[str, tuple[str, ...]]], bytes]


@dataclass(frozen=True, slots=True)
class NodeView:
    """`signed` is the node's manifest; `objects` are all that it names, and nothing else is handed out."""

    pointer: Pointer
    signed: bytes
    payload: dict[str, Any]
    objects: frozenset[str]


class NodeViews:
    """`part_for_node` gives what a node's manifest is, as a compact JWS."""

    def __init__(self, publication: Publication, part_for_node: PartForNode) -> None:
        self._publication = publication
        self._part_for_node = part_for_node
        self._kept = lru_cache(maxsize=_KEPT_VIEWS)(self._made)

    def current(self, place: Place) -> NodeView | None:
        """None when nothing is published for any ring of the node."""
        current = self._publication.current()
        if current is None:
            return None
        listeners = tuple(sorted((ring, tuple(given)) for ring, given in place.listeners.items()))
        return self._kept(current.manifest, tuple(sorted(place.rings)), listeners)

    def _made(
        self, manifest: str, rings: tuple[str, ...], listeners: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> NodeView | None:
        signed = self._part_for_node(self._publication.manifest(manifest), rings, dict(listeners))
        payload = manifest_payload(signed)
        if not payload["rings"]:
            return None
        return NodeView(
            pointer=Pointer(payload["revision"], content_hash(signed)),
            signed=signed,
            payload=payload,
            objects=frozenset(
                name for ring in payload["rings"].values() for name in referenced_objects(ring)
            ),
        )

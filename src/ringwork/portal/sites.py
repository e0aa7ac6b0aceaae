"""The sites that are open: one for each ring the live revision documents, each on a listener of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from ringwork.audience import Audience
from ringwork.fleet.listeners import split_address
from ringwork.intent.model import DocumentationIntent
from ringwork.kernel.cache import FileCache
from ringwork.portal.handing import Handing
from ringwork.portal.library import RingLibrary
from ringwork.portal.live import LiveRevision
from ringwork.portal.site import RingSite


class Server(Protocol):
    def start(self, application: ASGIApp) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Open:
    stated: DocumentationIntent
    server: Server


class Sites:
    """`handing` gives what links of handovers show on a ring's site; `listen` a server bound to an address, and raises
    Refused where it cannot be had; `holds` hears which addresses are in use here. For one thread.
    """

    def __init__(
        self,
        live: LiveRevision,
        kept: Path,
        *,
        handing: Callable[[Audience], Handing],
        listen: Callable[[str], Server],
        holds: Callable[[Iterable[str]], None],
    ) -> None:
        self._live = live
        self._kept = kept
        self._handing = handing
        self._listen = listen
        self._holds = holds
        self._open: dict[Audience, _Open] = {}

    @property
    def urls(self) -> dict[str, str]:
        """Ring → where this machine reads of it."""
        return {ring.label: f"http://{site.stated.listen}" for ring, site in sorted(self._open.items())}

    def follow(self) -> dict[str, str]:
        """Closes and opens what the live revision says; `urls` then. Raises Refused for an address that is taken."""
        wanted = self._wanted()
        for ring in [ring for ring, site in self._open.items() if site.stated != wanted.get(ring)]:
            self._open.pop(ring).server.stop()
        for ring, stated in wanted.items():
            if ring not in self._open:
                self._open[ring] = self._opened(ring, stated)
        self._holds(site.stated.listen for site in self._open.values())
        return self.urls

    def stop(self) -> None:
        while self._open:
            self._open.popitem()[1].server.stop()

    def _wanted(self) -> dict[Audience, DocumentationIntent]:
        rings = self._live.now().rings.items()
        return {name: ring.documentation for name, ring in rings if ring.documentation is not None}

    def _opened(self, ring: Audience, stated: DocumentationIntent) -> _Open:
        server = self._listen(stated.listen)
        library = RingLibrary(ring, self._live, FileCache(self._kept / ring.label))
        server.start(RingSite(library, self._handing(ring), _hosts(stated)))
        return _Open(stated, server)


def _hosts(stated: DocumentationIntent) -> list[str]:
    """What browsers and a proxy may call the site."""
    _, port = split_address(stated.listen)
    named = [] if stated.url is None else [urlsplit(stated.url).netloc]
    return [stated.listen, f"localhost:{port}", *named]

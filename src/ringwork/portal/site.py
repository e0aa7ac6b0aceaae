"""One ring's site: an ASGI application that knows its own ring's library, and no other.

What the ring may not know and what does not exist are one answer, whatever was asked: hidden is missing.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringwork.audience import Audience
from ringwork.intent.model import RingIntent
from ringwork.kernel.refusal import Refused
from ringwork.portal.answers import Content, respond, respond_to_form
from ringwork.portal.assets import assets
from ringwork.portal.handing import Handing
from ringwork.portal.library import RingLibrary, Syntax, Unavailable
from ringwork.portal.pages import Pages

_PAGE = (
    '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{0}</title><h1>{0}</h1><p>{1}</p></html>\n'
)
MISSING = Content.html(_PAGE.format("Not found", "There is nothing at this address for you."), "never", 404)
_UNAVAILABLE = Content.html(
    _PAGE.format("Not available", "This document cannot be had now. Try again later."), "never", 503
)
_READ_ONLY = Content.html(_PAGE.format("Method not allowed", "Documentation can be read."), "never", 405)

_HANDOVER = "/handover/"
_SYNTAXES: dict[str, Syntax] = {"openapi.json": "json", "openapi.yaml": "yaml"}
# RFC 9512 for YAML; OpenAPI has registered no media type of its own.
_MEDIA_TYPES: dict[Syntax, str] = {"json": "application/json", "yaml": "application/yaml"}


class RingSite:
    """`hosts` are the values of `Host` that are served: a foreign one is a browser whose DNS was rebound."""

    def __init__(self, library: RingLibrary, handing: Handing, hosts: Collection[str]) -> None:
        self._library = library
        self._handing = handing
        self._pages = Pages(library.ring)
        self._hosts = frozenset(host.lower() for host in hosts)
        self._shared = library.ring is Audience.PUBLIC

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        asked = Headers(scope=scope)
        if asked.get("host", "").lower() not in self._hosts:
            return respond(MISSING, asked, shared=False)
        path = scope["raw_path"].decode("latin-1")
        if path.startswith(_HANDOVER) and scope["method"] in ("GET", "HEAD", "POST"):
            is_sent = scope["method"] == "POST"
            handed = await run_in_threadpool(self._handed, path.removeprefix(_HANDOVER), is_sent)
            return respond_to_form(handed, asked)
        if scope["method"] not in ("GET", "HEAD"):
            refused = respond(_READ_ONLY, asked, shared=False)
            refused.headers["allow"] = "GET, HEAD"
            return refused
        content = await run_in_threadpool(self._content, path)
        return respond(content or MISSING, asked, shared=self._shared)

    def _content(self, path: str) -> Content | None:
        """None for everything that is not there. Names are looked up among those there are: no path is a file's, and
        none has another spelling.
        """
        ring = self._library.settings()
        if ring is None:
            return None
        match path.split("/"):
            case ["", ""]:
                return self._pages.index(self._library.apis())
            case ["", "assets", name]:
                return assets().get(name)
            case ["", "errors"]:
                return self._pages.errors()
            case ["", "errors", code]:
                return self._pages.error(code, ring)
            case ["", "apis", api, version]:
                return self._reference(api, version, ring)
            case ["", "apis", api, version, file] if file in _SYNTAXES:
                return self._document(api, version, _SYNTAXES[file])
        return None

    def _handed(self, token: str, is_sent: bool) -> Content:
        try:
            return (self._handing.read(token) if is_sent else self._handing.page(token)) or MISSING
        except Refused:
            return _UNAVAILABLE

    def _reference(self, name: str, version: str, ring: RingIntent) -> Content | None:
        api = self._library.api(name)
        chosen = None if api is None else api.version(version)
        return None if api is None or chosen is None else self._pages.reference(api, chosen, ring)

    def _document(self, api: str, version: str, syntax: Syntax) -> Content | None:
        try:
            document = self._library.document(api, version, syntax)
        except (Unavailable, FileNotFoundError):  # the latter: pruned while it was read
            return _UNAVAILABLE
        if document is None:
            return None
        return Content(_MEDIA_TYPES[syntax], document.sha256, packed=document.packed)

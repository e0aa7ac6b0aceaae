"""The pages themselves: no script, nothing from elsewhere, in nobody's frame, kept by nobody."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringwork.api.entrance.addresses import STYLE
from ringwork.kernel.refusal import Refused

_CSP = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
# Of everything here, pages or not.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": _CSP,
    "cross-origin-opener-policy": "same-origin",
    # With none at all browsers would not say whose form it is.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class WithHeaders:
    """Every answer has what keeps a page to itself."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(sent: Message) -> None:
            if sent["type"] == "http.response.start":
                MutableHeaders(scope=sent).update(HEADERS)
            await send(sent)

        await self._application(scope, receive, with_headers)


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    found = _templates().get_template(f"{template}.html.j2")
    return HTMLResponse(found.render(style=STYLE, **values), status)


def message(title: str, text: str, help: str = "", status: int = 200) -> Response:
    return page("message", status, title=title, text=text, help=help)


def refused(refusal: Refused) -> Response:
    return message("This cannot be done", refusal.message, refusal.help, refusal.status)


def style() -> Response:
    environment = _templates()
    assert environment.loader is not None
    text, _, _ = environment.loader.get_source(environment, "style.css")
    return Response(text, media_type="text/css")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("ringwork.api.entrance"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

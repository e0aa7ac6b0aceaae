"""Pages that users of APIs see: as those of the entrance are, in the name of the organisation."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from ringwork.kernel.refusal import Refused

STYLE = "/authorize/style.css"


def page(template: str, status: int = 200, /, **values: Any) -> Response:
    found = _templates().get_template(f"{template}.html.j2")
    return HTMLResponse(found.render(style=STYLE, **values), status)


def message(title: str, text: str, help: str = "", status: int = 200) -> Response:
    return page("message", status, title=title, text=text, help=help)


def refused(refusal: Refused) -> Response:
    text = f"{refusal.message[:1].upper()}{refusal.message[1:]}."
    return message("This cannot be done", text, refusal.help, refusal.status)


@cache
def _templates() -> Environment:
    """Its own, and those of the entrance."""
    return Environment(
        loader=ChoiceLoader(
            [PackageLoader("ringwork.api.authorization"), PackageLoader("ringwork.api.entrance")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

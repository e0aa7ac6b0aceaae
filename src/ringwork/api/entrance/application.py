"""The entrance put together."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.api.bodies import Bounded
from ringwork.api.entrance import addresses as at
from ringwork.api.entrance.backchannel import BackChannel
from ringwork.api.entrance.browser import Browser
from ringwork.api.entrance.commands import Commands
from ringwork.api.entrance.joining import Joining
from ringwork.api.entrance.pages import WithHeaders, message, refused, style
from ringwork.api.entrance.rates import Rates, TooOften
from ringwork.control.people.people import People
from ringwork.kernel.refusal import Refused, refused_by_the_system

# Everything below these is here.
ENTERED_AT = (at.LOGIN, at.JOIN, at.METADATA)
_MOST_BODY_BYTES = 128 * 1024


def entrance(people: People) -> ASGIApp:
    rates = Rates()
    browser, commands = Browser(people, rates), Commands(people, rates)
    joining, back = Joining(people, rates), BackChannel(people)
    routes = (
        (at.LOGIN, browser.code, browser.entered),
        (at.AUTHORIZE, browser.authorize, None),
        (at.CALLBACK, browser.callback, None),
        (at.PASSWORD, browser.password, browser.with_password),
        (at.CONFIRM, browser.confirm, browser.confirmed),
        (at.JOIN + "{token}", joining.invited, joining.joined),
        (at.METADATA, commands.metadata, None),
        (at.DEVICE, None, commands.device),
        (at.TOKEN, None, commands.token),
        (at.BACKCHANNEL, None, back.logged_out),
        (at.STYLE, _style, None),
    )
    made = [
        Route(path, endpoint, methods=[method])
        for path, *endpoints in routes
        for method, endpoint in zip(("GET", "POST"), endpoints, strict=True)
        if endpoint is not None
    ]
    handlers: dict[Any, Any] = {
        TooOften: _too_often,
        Refused: _refused,
        OSError: _refused,
        HTTPException: _http,
        Exception: _fault,
    }
    bounded = Bounded(Starlette(routes=made, exception_handlers=handlers), _MOST_BODY_BYTES)
    return WithHeaders(_Entrance(bounded, rates))


class _Entrance:
    """Limited as a whole."""

    def __init__(self, application: ASGIApp, rates: Rates) -> None:
        self._application = application
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._rates.request()
        except TooOften as often:
            await _waiting(often)(scope, receive, send)
            return
        await self._application(scope, receive, send)


async def _style(_: Request) -> Response:
    return style()


async def _too_often(_: Request, error: Any) -> Response:
    return _waiting(error)


def _waiting(error: TooOften) -> Response:
    response = refused(error)
    response.headers["retry-after"] = str(error.wait_s)
    return response


async def _refused(_: Request, error: Any) -> Response:
    return refused(error if isinstance(error, Refused) else refused_by_the_system(error))


async def _http(_: Request, error: Any) -> Response:
    return message("There is nothing here", str(error.detail), status=error.status_code)


async def _fault(_: Request, error: Any) -> Response:
    text = f"A fault of Ringwork: {type(error).__name__}."
    return message("This cannot be done", text, "Its traceback is in the output of `ringwork up`.", 500)

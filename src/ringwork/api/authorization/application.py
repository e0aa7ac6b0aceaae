"""The authorization server put together: what clients speak to (token, introspection and revocation endpoint, pushed
requests, keys, metadata), and where their users' browsers go.

Every answer to a client is JSON that nobody keeps but the client (RFC 6749 §5.1), every one to a browser a page; what
goes wrong here is told to the operator, and to the client as `server_error`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.api.authorization.browser import ALLOWED, AUTHORIZE, CONSENT, Browser
from ringwork.api.authorization.forms import OF_THE_CLIENT, Form, form_of
from ringwork.api.authorization.pages import STYLE, message, refused
from ringwork.api.bodies import Bounded
from ringwork.api.entrance.pages import WithHeaders, style
from ringwork.api.limits import Limit, Limits
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.server import Authenticated, AuthorizationServer, TokenRequest
from ringwork.control.oauth.users.authorization import CALLBACK
from ringwork.control.oauth.users.model import UserGrant
from ringwork.kernel.refusal import Refused, refused_by_the_system

TOKEN = "/token"
PUSH = "/par"
INTROSPECT = "/introspect"
REVOKE = "/revoke"
JWKS = "/jwks"
METADATA = "/.well-known/oauth-authorization-server"
# One client's: a token lives for minutes, and serves for all of them.
CLIENT_LIMIT = Limit(per_minute=600, burst=300)
# What a client revokes is written down for good.
_REVOKING = Limit(per_minute=60, burst=60)
# For one user of a public client.
_REFRESHING = Limit(per_minute=30, burst=15)
_MOST_BODY_BYTES = 32 * 1024
# Keys are published an hour before they sign.
_KEYS_KEPT_S = 300
_KEPT_BY_NOBODY = {"cache-control": "no-store", "pragma": "no-cache"}
_COMMON = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}

_log = logging.getLogger("ringwork.authorization")
_Answer = Callable[[Authenticated, Form], Response]


def authorization_api(server: AuthorizationServer, limit: Limit = CLIENT_LIMIT) -> ASGIApp:
    endpoints = _Endpoints(server, limit)
    routes = (
        Route(TOKEN, endpoints.token, methods=["POST"]),
        Route(INTROSPECT, endpoints.introspect, methods=["POST"]),
        Route(REVOKE, endpoints.revoke, methods=["POST"]),
        Route(JWKS, endpoints.jwks, methods=["GET"]),
        Route(METADATA, endpoints.metadata, methods=["GET"]),
        Route(PUSH, endpoints.push, methods=["POST"]),
    )
    handlers: dict[Any, Any] = {
        Declined: _declined,
        Refused: _unavailable,
        HTTPException: _http,
        Exception: _fault,
    }
    application = Starlette(routes=routes, exception_handlers=handlers)
    application.router.redirect_slashes = False
    return Bounded(_Split(_pages(server), application), _MOST_BODY_BYTES)


class _Split:
    """Browsers are answered with pages, clients with JSON."""

    def __init__(self, pages: ASGIApp, clients: ASGIApp) -> None:
        self._pages = pages
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        to_browsers = path == AUTHORIZE or path.startswith(f"{AUTHORIZE}/")
        await (self._pages if to_browsers else self._clients)(scope, receive, send)


def _pages(server: AuthorizationServer) -> ASGIApp:
    """Where browsers go."""
    browser = Browser(server.users)
    routes = (
        Route(AUTHORIZE, browser.authorize, methods=["GET"]),
        Route(CALLBACK, browser.callback, methods=["GET"]),
        Route(CONSENT, browser.consent, methods=["GET"]),
        Route(CONSENT, browser.consented, methods=["POST"]),
        Route(ALLOWED, browser.allowed, methods=["GET"]),
        Route(ALLOWED, browser.taken_back, methods=["POST"]),
        Route(STYLE, _style, methods=["GET"]),
    )
    handlers: dict[Any, Any] = {
        Refused: _refused,
        OSError: _refused,
        HTTPException: _nothing,
        Exception: _broken,
    }
    application = Starlette(routes=routes, exception_handlers=handlers)
    application.router.redirect_slashes = False
    return WithHeaders(application)


class _Endpoints:
    def __init__(self, server: AuthorizationServer, limit: Limit) -> None:
        self._server = server
        self._asking, self._revoking, self._refreshing = Limits(limit), Limits(_REVOKING), Limits(_REFRESHING)

    async def token(self, request: Request) -> Response:
        """RFC 6749 §3.2."""
        return await self._to_a_client(request, self._issued)

    async def introspect(self, request: Request) -> Response:
        """RFC 7662 §2, of a client's own tokens."""
        return await self._to_a_client(
            request, lambda asking, form: _told(self._server.introspected(asking, _token_in(form)))
        )

    async def revoke(self, request: Request) -> Response:
        """RFC 7009 §2."""
        return await self._to_a_client(request, self._revoked)

    async def push(self, request: Request) -> Response:
        """RFC 9126 §2."""
        return await self._to_a_client(request, self._pushed)

    async def jwks(self, _: Request) -> Response:
        """RFC 7517."""
        found = await run_in_threadpool(self._server.keys.key_set)
        return JSONResponse(
            found,
            headers=_COMMON | {"cache-control": f"public, max-age={_KEYS_KEPT_S}"},
            media_type="application/jwk-set+json",
        )

    async def metadata(self, _: Request) -> Response:
        """RFC 8414 §3."""
        found = await run_in_threadpool(self._server.metadata)
        return JSONResponse(found, headers=_COMMON | {"cache-control": f"public, max-age={_KEYS_KEPT_S}"})

    def _issued(self, asking: Authenticated, form: Form) -> Response:
        named = ("scope", "code", "code_verifier", "redirect_uri", "refresh_token")
        said = {name: form.fields.get(name) for name in named}
        asked = TokenRequest(
            form.fields.get("grant_type"), resources=form.resources, proof=form.proof, **said
        )
        return _told(self._server.token(asking, asked, self._admit_refresh))

    def _pushed(self, asking: Authenticated, form: Form) -> Response:
        pairs = [*form.fields.items(), *(("resource", each) for each in form.resources)]
        asked = [(name, value) for name, value in pairs if name not in OF_THE_CLIENT]
        content = self._server.users.push(asking.client, asking.terms, asked)
        return JSONResponse(content, 201, headers=_COMMON | _KEPT_BY_NOBODY)

    def _admit_refresh(self, grant: UserGrant) -> None:
        """Anybody can say that he is a public client: what it asks for each user is counted by itself."""
        wait_s = self._refreshing.take(grant.id, time.monotonic_ns()).wait_s
        if wait_s:
            raise Declined("temporarily_unavailable", "too many requests", status=429, wait_s=wait_s)

    def _revoked(self, asking: Authenticated, form: Form) -> Response:
        """§2.2: what is no token of the client's is revoked, as far as that goes."""
        if not asking.client.is_public:
            _take(self._revoking, asking.client)
        self._server.revoke(asking, _token_in(form))
        return Response(status_code=200, headers=_COMMON | _KEPT_BY_NOBODY)

    async def _to_a_client(self, request: Request, answer: _Answer) -> Response:
        """Limited after it is known who asks: nobody uses up what is another's."""
        form = await form_of(request)

        def answered() -> Response:
            admitting = partial(_take, self._asking)
            return answer(self._server.authenticated(form.presented, admitting), form)

        try:
            return await run_in_threadpool(answered)
        except Declined as declined:
            return _answer_to(declined, challenged=form.basic)


def _take(limits: Limits, client: Client) -> None:
    """Raises Declined."""
    wait_s = limits.take(client.id, time.monotonic_ns()).wait_s
    if wait_s:
        raise Declined("temporarily_unavailable", "too many requests", status=429, wait_s=wait_s)


def _token_in(form: Form) -> str:
    """Raises Declined. `token_type_hint` is a hint, and there is one kind of token."""
    token = form.fields.get("token")
    if token is None:
        raise Declined("invalid_request", "token is missing")
    return token


def _told(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers=_COMMON | _KEPT_BY_NOBODY)


def _answer_to(declined: Declined, *, challenged: bool) -> Response:
    """RFC 6749 §5.2: a client that tried the `Authorization` field is told which scheme it is."""
    headers = _COMMON | _KEPT_BY_NOBODY
    if declined.code == "invalid_client" and challenged:
        headers |= {"www-authenticate": 'Basic realm="oauth", charset="UTF-8"'}
    if declined.wait_s:
        headers |= {"retry-after": str(declined.wait_s)}
    content = {"error": declined.code, "error_description": declined.description}
    return JSONResponse(content, declined.status, headers=headers)


async def _declined(request: Request, error: Any) -> Response:
    return _answer_to(error, challenged="authorization" in request.headers)


async def _unavailable(_: Request, error: Any) -> Response:
    """A disk that is full, a database that is away: the operator is told why."""
    _log.error("a client was not answered: %s (%s)", error.message, error.code)
    declined = Declined("temporarily_unavailable", "this cannot be answered now", wait_s=5)
    return _answer_to(declined, challenged=False)


async def _http(_: Request, error: Any) -> Response:
    """Another path, another method."""
    headers = _COMMON | dict(error.headers or {})
    return JSONResponse({"error": "invalid_request"}, error.status_code, headers=headers)


async def _style(_: Request) -> Response:
    return style()


async def _refused(_: Request, error: Any) -> Response:
    refusal = error if isinstance(error, Refused) else refused_by_the_system(error)
    if refusal.status >= 500:
        _log.error("a user was not answered: %s (%s)", refusal.message, refusal.code)
        refusal = Refused(refusal.code, "this cannot be answered now", "Try again soon.", status=503)
    return refused(refusal)


async def _nothing(_: Request, error: Any) -> Response:
    return message("There is nothing here", "This address is none.", status=error.status_code)


async def _broken(_: Request, error: Any) -> Response:
    return message("This cannot be done", "A fault of the authorization server.", status=500)


async def _fault(_: Request, error: Exception) -> Response:
    return _answer_to(Declined("server_error", "a fault of the authorization server"), challenged=False)

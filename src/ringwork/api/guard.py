"""What stands before the admin API: whose `Host`, which token, how large a body."""

from __future__ import annotations

import hmac
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringwork.api.problems import problem
from ringwork.control.ledger.deeds import Actor, acting

MAX_BODY_BYTES = 1024 * 1024
# All there is to tell callers by.
_WHO = Actor("admin-token", "admin API")


class Guard:
    """Refuses before any handler runs.

    A foreign `Host` is a browser whose DNS was rebound to this machine; a body is read whole, up to its bound,
    before the application sees the first byte of it.
    """

    def __init__(self, application: ASGIApp, *, token: str, hosts: Collection[str]) -> None:
        self._application = application
        self._token = token.encode()
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        with acting(_WHO):
            await with_bounded_body(self._application, scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        if headers.get("host", "") not in self._hosts:
            return problem(
                421, "host-foreign", "this host is not served here", "Use the URL in endpoints.json."
            )
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token):
            return None
        help = "Send `Authorization: Bearer` with the content of admin.token in the state directory."
        return problem(401, "token-missing", "the admin API needs its token", help)


async def with_bounded_body(application: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Calls `application` with the whole body, or answers 413 without it."""
    body = await _bounded_body(Request(scope, receive))
    if body is None:
        help = "An estate is named by its folder, not sent."
        too_large = problem(413, "body-too-large", f"more than {MAX_BODY_BYTES} bytes", help)
        await too_large(scope, receive, send)
        return
    await application(scope, _replayed(body, receive), send)


async def _bounded_body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then whatever else happens to the connection."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay

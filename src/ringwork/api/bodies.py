"""Bodies of requests: read whole, up to a bound, before an application sees the first byte."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringwork.api.problems import problem

MAX_BODY_BYTES = 1024 * 1024


class Bounded:
    """`application` gets whole bodies, and none that is larger than `bound` (bytes)."""

    def __init__(self, application: ASGIApp, bound: int = MAX_BODY_BYTES) -> None:
        self._application = application
        self._bound = bound

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await with_bounded_body(self._application, scope, receive, send, self._bound)


async def with_bounded_body(
    application: ASGIApp, scope: Scope, receive: Receive, send: Send, bound: int = MAX_BODY_BYTES
) -> None:
    """Calls `application` with the whole body, or answers 413 without it."""
    body = await _bounded_body(Request(scope, receive), bound)
    if body is None:
        help = "An estate is named by its folder, not sent."
        too_large = problem(413, "body-too-large", f"more than {bound} bytes", help)
        await too_large(scope, receive, send)
        return
    await application(scope, replayed(body, receive), send)


async def _bounded_body(request: Request, bound: int) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bound:
            return None
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then whatever else happens to the connection."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay

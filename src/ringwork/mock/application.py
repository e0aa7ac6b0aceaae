"""A mock over HTTP."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.mock.answering import Answer, Mock, problem
from ringwork.mock.asked import Request

MAX_BODY_BYTES = 1024 * 1024


def application(mock: Mock) -> ASGIApp:
    """ASGI."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope, receive)
        body = await _body(request)
        answer = _TOO_LARGE if body is None else mock.answer(_as_asked(request, body))
        await respond(answer)(scope, receive, send)

    return serve


_TOO_LARGE = problem(413, "Too large", f"A mock reads bodies of at most {MAX_BODY_BYTES:,} bytes.")


async def _body(request: HttpRequest) -> bytes | None:
    """None: larger than MAX_BODY_BYTES."""
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > MAX_BODY_BYTES:
            return None
    return bytes(read)


def _as_asked(request: HttpRequest, body: bytes) -> Request:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.partition(b"?")[0].decode("ascii", "replace")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, path, request.query_params.multi_items(), headers, body)


def respond(answer: Answer) -> Response:
    """As HTTP."""
    response = Response(answer.body, answer.status)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response

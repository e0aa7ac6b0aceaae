"""What stands before the admin API: whose `Host`, how large a head, which token."""

from __future__ import annotations

import hmac
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.api.problems import problem
from ringwork.control.ledger.deeds import Actor, acting

MAX_HEAD_BYTES = 16 * 1024
# All there is to tell callers by.
_WHO = Actor("admin-token", "admin API")


class Guard:
    """Refuses before any handler runs.

    A foreign `Host` is a browser whose DNS was rebound to this machine.
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
            await self._application(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        if headers.get("host", "") not in self._hosts:
            return problem(
                421, "host-foreign", "this host is not served here", "Use the URL in endpoints.json."
            )
        if sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEAD_BYTES:
            said = f"header fields of more than {MAX_HEAD_BYTES} bytes"
            return problem(431, "head-too-large", said, "Send fewer, or shorter ones.")
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token):
            return None
        help = "Send `Authorization: Bearer` with the content of admin.token in the state directory."
        challenge = {"www-authenticate": "Bearer"}
        return problem(401, "token-missing", "the admin API needs its token", help, headers=challenge)

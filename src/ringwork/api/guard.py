"""What stands before the admin API: whose `Host`, how large a head, whose token."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.api.calling import with_caller
from ringwork.api.problems import problem, refusal
from ringwork.control.ledger.deeds import acting
from ringwork.control.people.callers import Caller, owner
from ringwork.control.people.people import People
from ringwork.kernel.refusal import Refused

MAX_HEAD_BYTES = 16 * 1024


class Guard:
    """Refuses before any handler runs. `entrance` answers those who are about to log in, `application` those who are.

    A foreign `Host` is a browser whose DNS was rebound to this machine. `hosts` are the control plane's own, on
    loopback; people may come by another (`people.url`), the state's token may not.
    """

    def __init__(
        self,
        application: ASGIApp,
        entrance: ASGIApp,
        *,
        people: People,
        token: str,
        hosts: Collection[str],
        entered_at: Collection[str],
    ) -> None:
        self._application = application
        self._entrance = entrance
        self._people = people
        self._token = token.encode()
        self._hosts = frozenset(hosts)
        self._entered_at = tuple(entered_at)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        try:
            answer = await self._refusal(headers)
            if answer is None and scope["path"].startswith(self._entered_at):
                await self._entrance(scope, receive, send)
                return
            caller = await self._caller(headers) if answer is None else None
        except Refused as refused:
            answer, caller = _refused(refused), None
        if answer is not None or caller is None:
            await (answer or _without_token())(scope, receive, send)
            return
        with_caller(scope, caller)
        with acting(caller.actor):
            await self._application(scope, receive, send)

    async def _refusal(self, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if host not in self._hosts and host.lower() != await run_in_threadpool(self._known_elsewhere):
            return problem(
                421,
                "host-foreign",
                "this host is not served here",
                "Use the URL in endpoints.json, or `people.url` of the estate.",
            )
        if sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEAD_BYTES:
            said = f"header fields of more than {MAX_HEAD_BYTES} bytes"
            return problem(431, "head-too-large", said, "Send fewer, or shorter ones.")
        return None

    async def _caller(self, headers: Headers) -> Caller | None:
        """None: there is no token at all. Raises Refused."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            return None
        is_here = headers.get("host", "") in self._hosts
        if is_here and hmac.compare_digest(given.strip().encode(), self._token):
            return owner()
        return await run_in_threadpool(self._people.recognise, given.strip())

    def _known_elsewhere(self) -> str | None:
        url = self._people.policy().url
        return None if url is None else urlsplit(url).netloc


def _refused(refused: Refused) -> Response:
    """RFC 6750 §3.1."""
    if refused.status != 401:
        return refusal(refused)
    challenge = {"www-authenticate": f'Bearer error="invalid_token", error_description="{refused.code}"'}
    return problem(401, refused.code, refused.message, refused.help, headers=challenge)


def _without_token() -> Response:
    help = (
        "Log in with `ringwork login`, or send `Authorization: Bearer` with a machine token, "
        "or the content of admin.token in the state directory."
    )
    challenge = {"www-authenticate": "Bearer"}
    return problem(401, "token-missing", "the admin API needs a token", help, headers=challenge)

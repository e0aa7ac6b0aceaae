"""The provider tells that somebody logged out there (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringwork.api.entrance.forms import form_of
from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.people.people import People
from ringwork.control.people.provider.words import Denied, Unanswered
from ringwork.kernel.refusal import Refused

_WHO = Actor("provider", "back-channel logout")


class BackChannel:
    def __init__(self, people: People) -> None:
        self._people = people

    async def logged_out(self, request: Request) -> Response:
        """200 when the sessions have ended, 400 for a token that is none (§2.8)."""
        try:
            token = (await form_of(request)).get("logout_token", "")
            await run_in_threadpool(self._end, token)
        except Denied as denied:
            return _error(400, str(denied))
        except Refused as refused:
            return _error(max(400, refused.status), refused.message)
        except Unanswered as unanswered:
            return _error(503, str(unanswered))
        return Response(status_code=200)

    def _end(self, token: str) -> None:
        provider = self._people.provider()
        if provider is None:
            raise Denied("there is no provider")
        subject, sid = provider.logged_out(token)
        with acting(_WHO):
            self._people.sessions.end_named(provider.said.issuer, subject=subject, sid=sid)


def _error(status: int, description: str) -> Response:
    return JSONResponse({"error": "invalid_request", "error_description": description}, status)

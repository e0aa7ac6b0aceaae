"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a POST that names itself is done once, however
often it is sent, and answered each time as the first time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends, Header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringwork.api.applied import Application, NoPlan
from ringwork.api.bodies import replayed
from ringwork.api.problems import problem, refusal
from ringwork.api.words import Answer
from ringwork.control.ledger.deeds import current_actor
from ringwork.control.receipts import MAX_ANSWER_BYTES, Kept, Promise, Receipts, promised, promising
from ringwork.kernel.refusal import Refused

_HEADER = "Idempotency-Key"
# A string (RFC 9651 §3.3.3), or the same without its quotes. Shorter ones are guessed, or given twice.
_FORM = r'^("[!#-\[\]-~]{16,128}"|[!#-\[\]-~]{16,128})$'
ONCE = {409: ("idempotency-key-in-flight",), 422: ("idempotency-key-reused",)}
_MADE_ANEW = {"content-length", "date"}


async def _declared(
    key: Annotated[
        str | None,
        Header(
            alias=_HEADER,
            pattern=_FORM,
            max_length=130,
            description="Of your making, such as a UUID: sent again with it, the request is not done again.",
        ),
    ] = None,
) -> None:
    """Here it is described, and refused when it is none; `Once` has looked at it before."""


# Of every POST.
named = Depends(_declared)


def fixed(status: int, answer: Answer, **headers: str) -> Response:
    """What is about to be done will be answered so, now and again: to be called before it is done."""
    response = unfixed(status, answer, **headers)
    promise = promised()
    if promise is not None:
        promise.answer = _written(status, response.headers, response.body)
    return response


def unfixed(status: int, answer: Answer, **headers: str) -> Response:
    """As `fixed`, where nothing is done."""
    fields = {"cache-control": "no-store", **headers}
    return Response(answer.model_dump_json(), status, fields, "application/json")


class Once:
    """Before the application. What is in flight is known in this process only: a store has one control plane."""

    def __init__(self, application: ASGIApp, receipts: Receipts) -> None:
        self._application = application
        self._receipts = receipts
        self._in_flight: set[tuple[str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get(_HEADER) if scope["type"] == "http" else None
        if given is None or scope["method"] != "POST" or re.fullmatch(_FORM, given) is None:
            await self._application(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        name = (current_actor().name, given.strip('"'))
        if name in self._in_flight:
            await _in_flight()(scope, receive, send)
            return
        self._in_flight.add(name)
        try:
            await self._answer(name, scope, body, receive, send)
        finally:
            self._in_flight.discard(name)

    async def _answer(
        self, name: tuple[str, str], scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        target = scope["raw_path"] + b"?" + scope["query_string"]
        try:
            promise = await run_in_threadpool(self._receipts.promise, *name, target + b"\n" + body)
            kept = await run_in_threadpool(self._receipts.kept, promise)
        except (Refused, OSError) as error:
            await refusal(error)(scope, receive, send)
        else:
            if kept is not None:
                await _again(kept)(scope, receive, send)
            else:
                await self._do(promise, scope, replayed(body, receive), send)

    async def _do(self, promise: Promise, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def hold(message: Message) -> None:
            messages.append(message)

        try:
            with promising(promise):
                await self._application(scope, receive, hold)
            await self._keep(promise, messages)
        finally:
            for message in messages:
                await send(message)

    async def _keep(self, promise: Promise, messages: list[Message]) -> None:
        """The answer, where it was not known before the change."""
        status: int = messages[0]["status"]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        if promise.answer is not None or status >= 300 or len(body) > MAX_ANSWER_BYTES:
            return
        promise.answer = _written(status, Headers(raw=messages[0]["headers"]), body)
        # It is done: not to be able to say so again is no reason to deny it.
        with suppress(Refused):
            await run_in_threadpool(self._receipts.keep, promise)


def _written(status: int, headers: Mapping[str, str], body: bytes | memoryview) -> bytes:
    kept = {name: value for name, value in headers.items() if name not in _MADE_ANEW}
    return json.dumps({"status": status, "headers": kept, "body": bytes(body).decode()}).encode()


def _again(kept: Kept) -> Response:
    if kept.answer is None:
        return _in_doubt(kept.subject or "")
    said: dict[str, Any] = json.loads(kept.answer)
    return Response(said["body"], said["status"], said["headers"])


def _in_doubt(subject: str) -> Response:
    """It was published, and whoever waited for the gateway's word was killed, or heard too much to keep."""
    unanswered = Application(
        outcome="unanswered",
        exit_code=1,
        revision=int(subject.removeprefix("revision:")),
        refusal=None,
        plan=NoPlan(),
        findings=[],
    )
    return Response(unanswered.model_dump_json(), media_type="application/json")


def _in_flight() -> Response:
    help = "Wait for its answer, or send it again in a moment."
    said = "a request with this Idempotency-Key is being answered"
    return problem(409, "idempotency-key-in-flight", said, help, headers={"retry-after": "1"})

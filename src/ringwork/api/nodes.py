"""What gateways elsewhere ask: `/v1/…` on their own listener, never beside the admin API.

Nothing here decides: who asks is the certificate of the connection, what they get is `Distribution`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import cast

from cryptography import x509
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork import __version__
from ringwork.api.bodies import with_bounded_body
from ringwork.api.node_serving import PEER
from ringwork.api.problems import answer_with_problems, refusal
from ringwork.control.node_records import RemoteNode
from ringwork.control.nodes import Recognised
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.distribution import Distribution, Tip
from ringwork.kernel.refusal import Refused

# What a revocation of a node, or news for it, waits for at most.
_LOOK_SECONDS = 0.05
_RECOGNISED_AGAIN_SECONDS = 1.0
# A million keys take a tenth of it.
_READ_SECONDS = 300.0
_LINES_AT_ONCE = 1_000
_FOR_STRANGERS = frozenset({"/v1/ca", "/v1/enrolment"})


def node_api(distribution: Distribution) -> ASGIApp:
    application = FastAPI(
        title="Ringwork nodes", version=__version__, docs_url=None, redoc_url=None, openapi_url=None
    )
    answer_with_problems(application, application.routes)
    _enrolment(application, distribution)
    _content(application, distribution)
    news = News(distribution.tip)

    def look(request: Request, known: protocol.SyncRequest) -> tuple[protocol.SyncAnswer, bool]:
        return distribution.sync(_who(request, distribution), known)

    @application.post("/v1/sync")
    async def sync(request: Request, known: protocol.SyncRequest) -> protocol.SyncAnswer:
        deadline = time.monotonic() + known.wait_seconds
        while True:
            tip = await news.tip()
            answer, has_news = await run_in_threadpool(look, request, known)
            if has_news or time.monotonic() >= deadline or await request.is_disconnected():
                return answer
            await news.after(tip, min(deadline, time.monotonic() + _RECOGNISED_AGAIN_SECONDS))

    return _Guard(application)


def _enrolment(application: FastAPI, distribution: Distribution) -> None:
    @application.get("/v1/ca")
    def show_ca() -> Response:
        return PlainTextResponse(distribution.issuing_ca_pem)

    @application.post("/v1/enrolment")
    def enrol(request: protocol.EnrolRequest) -> protocol.EnrolAnswer:
        return distribution.enrol(request)


def _content(application: FastAPI, distribution: Distribution) -> None:
    @application.get("/v1/identity")
    def standing(request: Request) -> Response:
        return _Lines(distribution.standing(_node(request, distribution)))

    @application.get("/v1/manifests/{name}")
    def manifest(request: Request, name: str) -> Response:
        return Response(
            distribution.manifest(_node(request, distribution), name), media_type="application/jose"
        )

    @application.post("/v1/objects")
    def objects(request: Request, wanted: protocol.ObjectsRequest) -> protocol.ObjectsAnswer:
        return distribution.objects(_node(request, distribution), wanted)

    @application.post("/v1/certificates")
    def certify(request: Request, wanted: protocol.CertificateRequest) -> protocol.CertificateAnswer:
        return distribution.certificate(_who(request, distribution), wanted)

    @application.post("/v1/record-positions")
    def positions(request: Request, asked: protocol.PositionsRequest) -> protocol.PositionsAnswer:
        return distribution.positions(_node(request, distribution), asked)

    @application.post("/v1/record-writes")
    def writes(request: Request, said: protocol.WritesRequest) -> protocol.WritesAnswer:
        return distribution.take_writes(_node(request, distribution), said)

    @application.post("/v1/report", status_code=204)
    def report(request: Request, said: protocol.Report) -> None:
        distribution.hear(_node(request, distribution), said)


class _Lines(StreamingResponse):
    """What a node that begins anew reads. The store is kept at one moment meanwhile, for `_READ_SECONDS` at most."""

    def __init__(self, lines: AbstractContextManager[Iterator[str]]) -> None:
        super().__init__(_pieces(lines), media_type="application/x-ndjson")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.timeout(_READ_SECONDS):
            await super().__call__(scope, receive, send)


def _pieces(lines: AbstractContextManager[Iterator[str]]) -> Iterator[bytes]:
    with lines as opened:
        while some := list(islice(opened, _LINES_AT_ONCE)):
            yield "".join(f"{line}\n" for line in some).encode()


class News:
    """One look for all who wait, beside the event loop: the store may be slow, or elsewhere. For one loop."""

    def __init__(self, tip: Callable[[], Tip]) -> None:
        self._look = tip
        self._tip = tip()
        self._looked_at = time.monotonic()
        self._looking = asyncio.Lock()

    async def tip(self) -> Tip:
        """Raises Refused where the store cannot be used."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= _LOOK_SECONDS:
                self._tip = await run_in_threadpool(self._look)
                self._looked_at = time.monotonic()
            return self._tip

    async def after(self, seen: Tip, deadline: float) -> None:
        """Until there is another tip than `seen`, or the deadline (monotonic) has passed."""
        # Changes come from other processes too, through the store: there is no event to wait for.
        while await self.tip() == seen and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)


class _Guard:
    """Who shows no certificate of the node CA may ask for the CA and enrol; bodies are bounded."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if _peer(scope) is None and scope["path"] not in _FOR_STRANGERS:
            await refusal(_stranger())(scope, receive, send)
            return
        await with_bounded_body(self._application, scope, receive, send)


def _node(request: Request, distribution: Distribution) -> RemoteNode:
    """Raises Refused."""
    return _who(request, distribution).node


def _who(request: Request, distribution: Distribution) -> Recognised:
    """Raises Refused: revoked, enrolled anew or vouched for no longer since the connection was made."""
    peer = _peer(request.scope)
    if peer is None:
        raise _stranger()
    return distribution.recognised(peer)


def _peer(scope: Scope) -> x509.Certificate | None:
    return cast("x509.Certificate | None", scope.get(PEER))


def _stranger() -> Refused:
    help = "Enrol first: `ringwork gateway --control URL --token TOKEN`."
    return Refused("certificate-missing", "a node's certificate is needed", help, status=401)

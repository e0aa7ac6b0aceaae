"""The listener for gateways elsewhere: TLS 1.3, client certificates of the node CA, an address of its own.

A certificate is asked for and, when shown, verified in the handshake; which requests need one is decided per
request, because a node that enrols has none yet.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ringwork.api.serving import BesideServer
from ringwork.fleet.listeners import errno_text, split_address
from ringwork.kernel.refusal import Refused
from ringwork.kernel.sockets import bound_to

# Each node holds two connections; nodes are bounded in `control/nodes.py`.
_MOST_CONNECTIONS = 4096
# In the scope of a request whose connection began with a certificate: that certificate. Who is trusted may have
# changed since: who holds it is asked about at each request (`control/nodes.py`).
PEER = "ringwork.peer"


class NodeServer(BesideServer):
    """`tls` is a folder with `cert.pem` and `key.pem`; `ca_pem` what nodes' certificates are verified with."""

    def __init__(self, address: str, *, tls: Path, ca_pem: str) -> None:
        """Raises Refused when `address` cannot be listened on."""
        super().__init__(_bound(address), "node-api")
        self.address = f"{address.rpartition(':')[0]}:{self.port}"
        self._files = (tls / "cert.pem", tls / "key.pem")
        self._trust = _Trust(self._files, ca_pem)

    def start(self, application: ASGIApp) -> None:
        listening = _context(self._files, self._trust.ca_pem)
        # A context's trust only ever grows: each handshake goes on with the one of now.
        listening.sni_callback = self._hand_over
        self.serve(
            application,
            tls=listening,
            http=_PeerProtocol,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=1,
        )

    def renew(self, ca_pem: str) -> None:
        """Takes over a certificate that was reissued, and other CAs, for handshakes from now on."""
        if not self._trust.is_of(ca_pem):
            self._trust = _Trust(self._files, ca_pem)

    def _hand_over(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._trust.context


class _Trust:
    """What is shown, and who is believed. `files`: certificate and key."""

    def __init__(self, files: tuple[Path, Path], ca_pem: str) -> None:
        self.ca_pem = ca_pem
        self._certificate_file = files[0]
        self._shown = files[0].read_bytes()
        self.context = _context(files, ca_pem)

    def is_of(self, ca_pem: str) -> bool:
        return ca_pem == self.ca_pem and self._shown == self._certificate_file.read_bytes()


def _context(files: tuple[Path, Path], ca_pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0  # nobody resumes what was verified by a CA that is trusted no longer
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=ca_pem)
    context.load_cert_chain(*files)
    return context


class _PeerProtocol(H11Protocol):
    """Puts who is at the other end of the connection into every request's scope: ASGI has no place for it yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        shown = None if tls is None else tls.getpeercert(binary_form=True)
        if shown is not None:
            peer = x509.load_der_x509_certificate(shown)
            self.app = _Known(cast(ASGIApp, self.app), peer)


class _Known:
    def __init__(self, application: ASGIApp, peer: x509.Certificate) -> None:
        self._application = application
        self._peer = peer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        known: Scope = {**scope, PEER: self._peer}
        await self._application(known, cast(Receive, receive), cast(Send, send))


def _bound(address: str) -> socket.socket:
    try:
        host, port = split_address(address)
    except ValueError:
        raise _unusable(address, "it is no ADDRESS:PORT") from None
    try:
        return bound_to(host, port)
    except OSError as error:
        raise _unusable(address, errno_text(error)) from None


def _unusable(address: str, why: str) -> Refused:
    help = "Name another address with --nodes, such as 10.0.0.5:7443."
    return Refused("listener-taken", f"{address} cannot be listened on: {why}", help, status=409)

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
from ringwork.control.nodes import node_of_uri
from ringwork.fleet.listeners import errno_text, split_address
from ringwork.kernel.refusal import Refused
from ringwork.kernel.sockets import bound_to

# Each node holds two connections; nodes are bounded in `control/nodes.py`.
_MOST_CONNECTIONS = 4096
PEER = "ringwork.peer"


class NodeServer(BesideServer):
    """`tls` is a folder with `cert.pem` and `key.pem`; `ca_pem` what nodes' certificates are verified with."""

    def __init__(self, address: str, *, tls: Path, ca_pem: str) -> None:
        """Raises Refused when `address` cannot be listened on."""
        super().__init__(_bound(address), "node-api")
        self.address = f"{address.rpartition(':')[0]}:{self.port}"
        self._files = (tls / "cert.pem", tls / "key.pem")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.verify_mode = ssl.CERT_OPTIONAL
        self._context.load_verify_locations(cadata=ca_pem)
        self._context.load_cert_chain(*self._files)

    def start(self, application: ASGIApp) -> None:
        self.serve(
            application,
            tls=self._context,
            http=_PeerProtocol,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=1,
        )

    def renew(self, ca_pem: str) -> None:
        """Takes over a certificate that was reissued, and CAs that were added, for handshakes from now on."""
        self._context.load_verify_locations(cadata=ca_pem)
        self._context.load_cert_chain(*self._files)


class _PeerProtocol(H11Protocol):
    """Puts who is at the other end of the connection into every request's scope: ASGI has no place for it yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        certificate = None if tls is None else tls.getpeercert(binary_form=True)
        self.app = _Known(cast(ASGIApp, self.app), None if certificate is None else _named(certificate))


class _Known:
    def __init__(self, application: ASGIApp, peer: tuple[str, str] | None) -> None:
        self._application = application
        self._peer = peer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        known: Scope = {**scope, PEER: self._peer}
        await self._application(known, cast(Receive, receive), cast(Send, send))


def _named(der: bytes) -> tuple[str, str] | None:
    """Name and serial (hex) of a node's certificate; the handshake has verified who issued it."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    name = node_of_uri(uris[0]) if len(uris) == 1 else None
    return None if name is None else (name, f"{certificate.serial_number:x}")


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

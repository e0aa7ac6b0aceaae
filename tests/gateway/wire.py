"""HTTP/1.1 over TLS by hand: what is sent and received is exactly what the test says."""

from __future__ import annotations

import json
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gateway.certificates import CertificateFiles
from tests.gateway.node import HOSTS, Node

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Response:
    """`raw`: the bytes as they came, for comparisons byte by byte."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes

    def header(self, name: str) -> str | None:
        found = [value for given, value in self.headers if given == name]
        return found[0] if found else None

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> Any:
        return self.json()["code"]

    @property
    def without_moment(self) -> bytes:
        """The bytes with date and request id blanked: what must be the same for hidden and missing."""
        blanked = re.sub(rb"(?i)(\r\ndate: )[^\r]*", rb"\1-", self.raw)
        return re.sub(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", b"-", blanked)


class Connection:
    """One TLS connection to a ring's listener; `server_name` is the ring's host unless told otherwise."""

    def __init__(
        self,
        node: Node,
        ring: str,
        *,
        server_name: str | None = None,
        certificate: CertificateFiles | None = None,
        session: ssl.SSLSession | None = None,
        context: ssl.SSLContext | None = None,
        source: str = "127.0.0.1",
    ) -> None:
        context = context or client_context(node.authorities[ring].file, certificate)
        self.socket = connect(node, ring, context, server_name or HOSTS[ring], session, source)
        self._read = b""

    @classmethod
    def over(cls, established: ssl.SSLSocket) -> Connection:
        """Over a connection that was made otherwise."""
        connection = cls.__new__(cls)
        connection.socket, connection._read = established, b""
        return connection

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def exchange(self, data: bytes) -> Response:
        self.send(data)
        return self.response(head=data.startswith(b"HEAD "))

    def response(self, *, head: bool = False) -> Response:
        """The next response; interim ones are passed over."""
        while True:
            top = self._until(b"\r\n\r\n")
            status, headers = _parsed(top)
            if status >= 200:
                break
        if head or status in (204, 304):
            return Response(status, headers, b"", top)
        body, framed = self._body(dict(headers))
        return Response(status, headers, body, top + framed)

    def read_until(self, mark: bytes) -> bytes:
        """What comes, up to and with `mark`."""
        return self._until(mark)

    def rest(self) -> bytes:
        """All that comes until the gateway ends the connection."""
        try:
            while True:
                self._more()
        except (ConnectionError, ssl.SSLError):
            return self._read

    def closed_by_peer(self) -> bool:
        try:
            return self._read == b"" and self.socket.recv(1) == b""
        except (ConnectionError, ssl.SSLError):
            return True

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _body(self, headers: dict[str, str]) -> tuple[bytes, bytes]:
        if headers.get("transfer-encoding") == "chunked":
            return self._chunked()
        if "content-length" in headers:
            body = self._exactly(int(headers["content-length"]))
            return body, body
        raise AssertionError("a response that is framed neither way")

    def _chunked(self) -> tuple[bytes, bytes]:
        body = framed = b""
        while True:
            line = self._until(b"\r\n")
            chunk = self._exactly(int(line, 16) + 2)
            body, framed = body + chunk[:-2], framed + line + chunk
            if line == b"0\r\n":
                return body, framed

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            self._more()
        end = self._read.index(mark) + len(mark)
        taken, self._read = self._read[:end], self._read[end:]
        return taken

    def _exactly(self, count: int) -> bytes:
        while len(self._read) < count:
            self._more()
        taken, self._read = self._read[:count], self._read[count:]
        return taken

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError(f"closed by the gateway after {self._read!r}")
        self._read += data


def connect(
    node: Node,
    ring: str,
    context: ssl.SSLContext,
    server_name: str,
    session: ssl.SSLSession | None = None,
    source: str = "127.0.0.1",
) -> ssl.SSLSocket:
    plain = socket.create_connection(node.addresses[ring], TIMEOUT_SECONDS, (source, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=server_name, session=session)


def client_context(ca: Path, certificate: CertificateFiles | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    # Tests connect under foreign names too; that the certificate is of this CA is still checked.
    context.check_hostname = False
    if certificate is not None:
        context.load_cert_chain(certificate.certificate, certificate.key)
    return context


def request(
    method: str, target: str, host: str, *fields: tuple[str, str], body: bytes | None = None
) -> bytes:
    """The bytes of a request; a body gets its `Content-Length`."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in fields)]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def _parsed(top: bytes) -> tuple[int, list[tuple[str, str]]]:
    first, *lines = top[:-4].decode("latin-1").split("\r\n")
    pairs = [line.split(":", 1) for line in lines]
    return int(first.split()[1]), [(name.lower(), value.strip()) for name, value in pairs]

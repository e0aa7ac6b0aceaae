"""A steady trickle of calls over TLS, each looked at: for what must not be noticed while it happens."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from types import TracebackType

CONNECTIONS = 4
# A few hundred calls a second: enough to meet every moment of a change, little enough to leave it the processors.
PAUSE_S = 0.02
TIMEOUT_S = 10.0


class SteadyLoad:
    """Calls from entering to leaving, on kept connections. `answered` and `failed` count once it is left."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        self._stop = threading.Event()
        self._counts: list[tuple[int, int]] = []
        self._threads = [threading.Thread(target=self._call) for _ in range(CONNECTIONS)]

    @property
    def answered(self) -> int:
        return sum(answered for answered, _ in self._counts)

    @property
    def failed(self) -> int:
        return sum(failed for _, failed in self._counts)

    def __enter__(self) -> SteadyLoad:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        answered = failed = 0
        while not self._stop.is_set():
            try:
                with _connected(self._port) as connection:
                    while not self._stop.is_set():
                        if not _exchange(connection, self._request).startswith(b"HTTP/1.1 200 "):
                            failed += 1
                        answered += 1
                        time.sleep(PAUSE_S)
            except OSError:
                failed += 1
        self._counts.append((answered, failed))


def _connected(port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
    return context.wrap_socket(plain, server_hostname="localhost")


def _exchange(connection: ssl.SSLSocket, request: bytes) -> bytes:
    """The whole answer, which must have a length. Raises ConnectionError when it is cut off."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _more(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    [length] = [
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    while len(body) < length:
        body += _more(connection)
    return head


def _more(connection: ssl.SSLSocket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionError("closed before the answer was whole")
    return data

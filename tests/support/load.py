"""Steady calls to a ring, each of which must be answered as it should be."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path
from types import TracebackType

import httpx


class Load:
    """Two threads on kept connections, one with a new connection a call, until left. `failures` must stay empty."""

    def __init__(self, url: str, ca_file: Path, key: str) -> None:
        self._url = url
        self._context = ssl.create_default_context(cafile=str(ca_file))
        self._headers = {"x-api-key": key}
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(kept,)) for kept in (True, True, False)]
        self.answered = 0
        self.failures: list[str] = []

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _call(self, kept: bool) -> None:
        limits = httpx.Limits(max_keepalive_connections=1 if kept else 0)
        with httpx.Client(
            verify=self._context, trust_env=False, timeout=30.0, limits=limits, headers=self._headers
        ) as client:
            while not self._stopping.is_set():
                try:
                    status = client.get(self._url).status_code
                except httpx.HTTPError as error:
                    self.failures.append(f"{type(error).__name__}: {error}")
                else:
                    self.answered += 1
                    if status not in (200, 429):
                        self.failures.append(str(status))
                self._stopping.wait(0.005)

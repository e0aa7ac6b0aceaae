"""A service as it should be: it renews its certificate, reads again whom to trust, and calls without a pause."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path
from types import TracebackType

import httpx

from tests.support.running import Ringwork, eventually

# Of the admin API's answers: each certificate in a file of its own with its key, so nobody reads two that do not match.
_PARTS = ("certificate_pem", "key_pem")


class Service:
    """Calls each of `urls` in turn, each time over a new connection, until left. `failures` must stay empty."""

    def __init__(self, ringwork: Ringwork, folder: Path, *urls: str, name: str = "billing") -> None:
        self._ringwork = ringwork
        self._name = name
        self._urls = urls
        self._ca_file = str(ringwork.state / "control/ca-internal.pem")
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._call), threading.Thread(target=self._renew)]
        self._folder = folder
        self.certificate = folder / f"{name}-0.pem"
        self.renewed = 0
        self.answered = 0
        self.failures: list[str] = []

    def __enter__(self) -> Service:
        self.renew()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def renew(self) -> None:
        """Asks the control plane for another certificate."""
        admin = self._ringwork.endpoints()["admin"]
        token = Path(admin["token_file"]).read_text()
        answer = httpx.post(
            f"{admin['url']}/identities/certificates",
            json={"service": self._name},
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
        ).json()
        self.renewed += 1
        new = self._folder / f"{self._name}-{self.renewed}.pem"
        new.write_text("".join(answer[part] for part in _PARTS))
        self.certificate = new

    def goes_on(self) -> None:
        """Waits until it has renewed its certificate and called with it."""
        renewed = self.renewed
        eventually(lambda: self.renewed > renewed + 1)
        answered = self.answered
        eventually(lambda: self.answered > answered + 2 * len(self._urls))

    def context(self, certificate: Path | None = None) -> ssl.SSLContext:
        """Trusts whom the CA's file names now, and shows this certificate, or the newest."""
        context = ssl.create_default_context(cafile=self._ca_file)
        context.load_cert_chain(certificate or self.certificate)
        return context

    def _renew(self) -> None:
        while not self._stopping.wait(0.3):
            self.renew()

    def _call(self) -> None:
        while not self._stopping.wait(0.005):
            for url in self._urls:
                try:
                    status = httpx.get(url, verify=self.context(), trust_env=False, timeout=30.0).status_code
                except httpx.HTTPError as error:
                    self.failures.append(f"{url}: {type(error).__name__}: {error}")
                    continue
                self.answered += 1
                if status != 200:
                    self.failures.append(f"{url}: {status}")

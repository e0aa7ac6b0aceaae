"""A gateway elsewhere: `ringwork gateway --control` in a state directory of its own, beside the control plane's."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
from pathlib import Path
from typing import Any

import httpx

from tests.support.ports import free_port
from tests.support.running import PATIENCE_SECONDS, Process, Ringwork, command_line, eventually, started


class Elsewhere:
    """`control` runs with --nodes. `ports`: where this gateway's rings listen."""

    def __init__(self, control: Ringwork, state: Path, *, name: str = "edge-1") -> None:
        self.control = control
        self.state = state
        self.name = name
        self.ports: dict[str, int] = {}
        self._process: Process | None = None

    def invite(self, *rings: str, expires: str = "1h") -> str:
        """A token for this gateway; its rings' listeners are on ports of their own."""
        words = ["gateway", "enrol", self.name, "--expires", expires]
        for ring in rings or ("public",):
            port = self.ports.setdefault(ring, free_port())
            words += ["--ring", ring, "--listen", f"{ring}=127.0.0.1:{port}"]
        return str(self.control.json(*words)["token"])

    def start(self, *, token: str | None = None, control: str | None = None) -> Process:
        self.state.mkdir(parents=True, exist_ok=True)
        words = [] if token is None else ["--token", token, "--control", control or self.url()]
        words = ["gateway", *words, "--state", str(self.state)]
        self._process = started(words, self.state / "gateway.out")
        return self._process

    def url(self) -> str:
        return f"https://{self.control.endpoints()['nodes']}"

    def serve(self, *rings: str) -> None:
        """Enrolled, started, and in step."""
        self.start(token=self.invite(*rings))
        # The command says by its exit status that a gateway was not heard of yet; here that is no news.
        status = json.loads(self.control.run("status", "--format", "json").stdout)
        self.await_revision(status["published"])

    def await_revision(self, revision: int) -> None:
        eventually(lambda: self.revision() == revision or self._ended())
        assert not self._ended(), self.output()

    def revision(self) -> int | None:
        """What the gateway that runs now serves; what a dead one wrote counts for nothing."""
        said = self.status()
        alive = said is not None and str(self.state) in command_line(said["pid"])
        return said["revision"] if said is not None and alive else None

    def status(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self.state / "node/status.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found

    def call(self, path: str, key: str | None = None) -> httpx.Response:
        """One request to this gateway's public ring, verified with the control plane's outer CA."""
        context = ssl.create_default_context(cafile=str(self.control.state / "control/ca-outer.pem"))
        headers = {} if key is None else {"x-api-key": key}
        with httpx.Client(verify=context, trust_env=False, timeout=PATIENCE_SECONDS) as client:
            return client.get(f"https://localhost:{self.ports['public']}{path}", headers=headers)

    def learns_of_a_key(self) -> bool:
        """Whether a key that is made now is good here soon."""
        words = ("--ring", "public", "--consumer", "dev", "--plan", "free")
        key = self.control.json("key", "create", *words)["key"]
        eventually(lambda: self.call("/shop/v1/orders/7", key).status_code == 200)
        return True

    def certificate(self) -> str:
        """What it shows the control plane, PEM."""
        return (self.state / "enrolment/cert.pem").read_text()

    def told(self) -> dict[str, Any]:
        """What the control plane's status says about this gateway."""
        done = self.control.run("status", "--format", "json")
        (node,) = (node for node in json.loads(done.stdout)["nodes"] if node["name"] == self.name)
        return dict(node)

    def output(self) -> str:
        return (self.state / "gateway.out").read_text()

    def kill(self) -> None:
        """`kill -9` of the supervisor; its gateway is left alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECONDS)

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(PATIENCE_SECONDS)

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def clean_up(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end()
        status = self.status()
        if status is not None and str(self.state) in command_line(status["pid"]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(status["pid"], signal.SIGKILL)

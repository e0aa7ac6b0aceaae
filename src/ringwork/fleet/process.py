"""One gateway process, started by us or by a control plane before us."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import time
from pathlib import Path

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.status import read_status

_LOG_KEPT_BYTES = 8 * 1024 * 1024
_TAIL_BYTES = 4096
_POLL_SECONDS = 0.02
_ELF = b"\x7fELF"


class GatewayProcess:
    """A running gateway by its pid; `child` when this process started it and has to reap it."""

    def __init__(self, pid: int, node: NodeDirectory, child: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self.adopted = child is None
        self._node = node
        self._child = child

    def alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        self._reap()
        return is_our_gateway(self.pid, self._node)

    def runs(self, binary: Path) -> bool:
        """Whether it was started from this very file; a binary that was replaced is another.

        Of a script nobody can tell: the process is its interpreter's.
        """
        try:
            with binary.open("rb") as file:
                if file.read(len(_ELF)) != _ELF:
                    return True
            return os.path.samestat(os.stat(f"/proc/{self.pid}/exe"), binary.stat())
        except OSError:
            return True  # gone, or somebody else's: nothing to replace

    def drain(self) -> None:
        """Tells it to end with the calls under way; not waited for."""
        self._signal(signal.SIGTERM)

    def end(self, *, drain_seconds: float) -> None:
        """SIGTERM, which drains; SIGKILL when it takes longer than `drain_seconds`."""
        self.drain()
        if not self._gone_within(drain_seconds):
            self._signal(signal.SIGKILL)
            self._gone_within(drain_seconds)

    def _reap(self) -> None:
        """A supervisor that began anew in the same process adopts its own child."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)

    def _signal(self, number: signal.Signals) -> None:
        # Asked again right before: a pid that was given to another process since is not ours to end.
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def start_gateway(binary: Path, node: NodeDirectory, *, take_over: bool = False) -> GatewayProcess:
    """Starts the gateway in a session of its own: it outlives a control plane that is killed.

    `take_over`: it goes on with the listening sockets of the one that runs on this node.
    """
    with own_log(node.gateway_log).open("ab") as log:
        child = subprocess.Popen(
            [str(binary), "--node", str(node.root), *(["--take-over"] if take_over else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return GatewayProcess(child.pid, node, child)


def running_gateway(node: NodeDirectory) -> GatewayProcess | None:
    """The gateway that serves this node directory already, if one does."""
    status = read_status(node.status)
    if status is None or not is_our_gateway(status.pid, node):
        return None
    return GatewayProcess(status.pid, node)


def is_our_gateway(pid: int, node: NodeDirectory) -> bool:
    """Whether `pid` is a gateway of this very node directory; pids are given again, so the command decides."""
    arguments = _command_line(pid)
    return ("--node", str(node.root)) in itertools.pairwise(arguments)


def last_words(node: NodeDirectory) -> str:
    """The last line a gateway wrote before it ended: its reason, when it had one."""
    try:
        with node.gateway_log.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return lines[-1].removeprefix("ringwork-gateway: ") if lines else "it gave no reason"


def _command_line(pid: int) -> list[str]:
    """Empty for a process that is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def own_log(path: Path) -> Path:
    """`path`, begun anew when it has become long; the one before stays beside it."""
    if path.exists() and path.stat().st_size > _LOG_KEPT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path

"""Processes that begin where everything is imported already.

Each command of a scenario is a process of its own: arguments, environment, directory, standard streams, exit code and
signals are its own. Only the second that an interpreter takes to import Ringwork is spent once: a server imports, and
forks. What must begin as a user's shell begins it (LD_PRELOAD, another program) is started by `subprocess`;
tests/packaging, tests/tour and tests/examples begin nothing from here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, NoReturn

_ROOT = Path(__file__).parents[2]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.forking"])


class Forked:
    """As much of `subprocess.Popen` as tests ask for. `target` is a function of a module. Streams are files: what is
    read is `given`, /dev/null if it is None; both outputs may be the same file, which is written anew.
    """

    def __init__(
        self,
        target: Callable[..., object],
        *arguments: Any,
        out: Path,
        err: Path,
        given: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        _serve()
        streams = (str(given or os.devnull), str(out), str(err))
        environment = dict(os.environ if env is None else env)
        self._process = _CONTEXT.Process(
            target=_run, args=(target, arguments, streams, environment), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; minus the signal it was ended by. Raises TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("ringwork", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    target: Callable[..., object],
    *arguments: Any,
    given: str = "",
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` with both outputs captured. Raises TimeoutExpired, when it has killed the process."""
    with tempfile.TemporaryDirectory() as folder:
        stdin, stdout, stderr = (Path(folder, name) for name in ("in", "out", "err"))
        stdin.write_text(given)
        process = Forked(target, *arguments, out=stdout, err=stderr, given=stdin, env=env)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(arguments, code, stdout.read_text(), stderr.read_text())


def ringwork(words: Sequence[str]) -> NoReturn:
    """In the child: `python -m ringwork WORDS…`."""
    from ringwork.cli.main import main

    sys.argv = ["ringwork", *words]
    sys.orig_argv = [sys.executable, "-m", "ringwork", *words]  # what it executes to begin anew
    sys.exit(main())


def _serve() -> None:
    """Has the server running, which finds this module wherever the test is."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), before)))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _run(
    target: Callable[..., object],
    arguments: Sequence[Any],
    streams: tuple[str, str, str],
    environment: Mapping[str, str],
) -> None:
    stdin, stdout, stderr = streams
    _onto(0, os.open(stdin, os.O_RDONLY))
    _onto(1, os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    _onto(2, os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    target(*arguments)


def _onto(number: int, opened: int) -> None:
    os.dup2(opened, number)
    os.close(opened)

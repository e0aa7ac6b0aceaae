"""How a command that runs until told otherwise ends: with its gateway, or leaving that to the process after it.

SIGINT, SIGTERM, SIGHUP end everything in order. SIGUSR2 ends everything but the gateway, and the process begins anew
with what is installed now: same pid, same arguments. It adopts the gateway it finds, or replaces one of another
version without refusing a connection.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BEGINS_ANEW = signal.SIGUSR2
_HEARD = {*_ENDS, _BEGINS_ANEW}
_REAP_SECONDS = 0.5


class Bell:
    """An event that a signal handler may set. `threading.Event` cannot: who is interrupted may hold its lock,
    and would wait for itself.
    """

    def __init__(self) -> None:
        self._is_set = False
        # What is in it stays there: from the first byte on nobody waits.
        self._hears, self._rings = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._hears, select.POLLIN)

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True
        with contextlib.suppress(BlockingIOError):  # rung often enough
            os.write(self._rings, b"!")

    def wait(self, seconds: float) -> bool:
        """Whether it is set, after so long at most."""
        self._poll.poll(seconds * 1_000)
        return self._is_set


class Ending:
    """For one command, in the main thread."""

    def __init__(self) -> None:
        self.asked = Bell()
        self.leaves_gateway = False
        self._started = False
        self._overruled = False

    def hear(self) -> None:
        """From now on signals mean this; what arrived since `begin_anew` waits for `attend`. Called before anything is
        started: children there are now are those of the process before this one.
        """
        if left := _children():
            threading.Thread(target=_reap, args=(left,), name="reaper", daemon=True).start()
        for number in _HEARD:
            signal.signal(number, self._end)

    def attend(self) -> None:
        """From now on whoever is interrupted ends in order."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)

    def started(self) -> None:
        """Before, whatever is under way is left where it is: the state is whole at every moment, and nobody
        waits for a large estate to be read.
        """
        self._started = True

    def begin_anew(self) -> NoReturn:
        """This process, with the code on disk; what it had open is closed by the kernel. Who asked for a whole end
        meanwhile is heard by the process after this one, which knows the gateway.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        if self._overruled:
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        os.execv(sys.executable, sys.orig_argv)

    def _end(self, number: int, _: Any) -> None:
        if self.asked.is_set():
            self._overruled |= number != _BEGINS_ANEW
            return  # it is ending
        self.leaves_gateway = number == _BEGINS_ANEW
        self.asked.set()
        if not self._started:
            raise KeyboardInterrupt


def _children() -> set[int]:
    """proc(5), `children`; none where the kernel does not tell."""
    with contextlib.suppress(OSError):
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
        return {int(pid) for pid in listed.split()}
    return set()


def _reap(left: set[int]) -> None:
    """A gateway that drains and a companion that ends are told to by one process, and may end under the next."""
    while left:
        left -= {pid for pid in left if _is_gone(pid)}
        time.sleep(_REAP_SECONDS)


def _is_gone(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True  # whoever adopted it asked first

"""A signal may come at any moment, also while the main thread looks whether one came."""

from __future__ import annotations

import subprocess
import sys
import time

from ringwork.fleet.ending import Bell

# Thousands of signals into a thread that does nothing but ask.
_INTERRUPTED = """
import signal
from ringwork.fleet.ending import Bell
bells = [Bell()]
signal.signal(signal.SIGALRM, lambda *_: bells[-1].set())
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
for _ in range(200):
    bells.append(Bell())
    while not bells[-1].wait(0):
        pass
    del bells[:-1]
print("through")
"""


def test_whoever_is_interrupted_while_it_looks_goes_on() -> None:
    run = subprocess.run([sys.executable, "-c", _INTERRUPTED], capture_output=True, text=True, timeout=60)
    assert run.stdout == "through\n", run.stderr


def test_a_bell_that_was_rung_is_heard_by_all_who_wait_from_then_on() -> None:
    bell = Bell()
    assert not bell.wait(0.001) and not bell.is_set()
    for _ in range(100_000):  # more than a pipe holds
        bell.set()
    since = time.monotonic()
    assert bell.wait(60) and bell.wait(60) and bell.is_set()
    assert time.monotonic() - since < 30

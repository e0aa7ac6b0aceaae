"""What a command took is what it took, whatever the benchmark that starts it holds."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.harness.launched import Launched


def test_the_memory_of_who_measures_is_not_the_commands() -> None:
    held = bytearray(b"x" * 300_000_000)
    found = Launched([sys.executable, "-I", "-c", "raise SystemExit(3)"]).ended()
    assert found.code == 3 and 0 < found.rss_mb < len(held) / 1_000_000 / 3


def test_it_has_the_input_and_output_it_was_given() -> None:
    echo = "import sys; sys.stdout.write(sys.stdin.readline())"
    launched = Launched([sys.executable, "-I", "-c", echo], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    launched.stdin.write(b"hello\n")
    launched.stdin.close()
    assert launched.stdout.read() == b"hello\n"
    assert launched.ended().code == 0

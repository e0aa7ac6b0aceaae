"""`python -m ringwork.fleet.telemetry`: started by `ringwork up` and `ringwork gateway`, never by hand.

It ends when its standard input does, so that it never outlives who started it.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.telemetry.exporter import Exporter
from ringwork.kernel.clock import rfc3339, system_clock


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", type=Path, required=True)
    parser.add_argument("--instance", required=True)
    given = parser.parse_args()
    stop = threading.Event()
    threading.Thread(target=_end_with_input, args=(stop,), daemon=True).start()
    exporter = Exporter(NodeDirectory(given.node), instance=given.instance, clock=system_clock, say=_say)
    return 0 if exporter.run(stop) else 1


def _end_with_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _say(line: str) -> None:
    print(f"{rfc3339(system_clock())} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m ringwork.fleet.mocks`: started by `ringwork up`, never by hand.

It ends when its standard input does, so that it never outlives who started it.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from ringwork.fleet.mocks.application import Mocks
from ringwork.fleet.mocks.shelf import MockShelf
from ringwork.mock.serving import serve


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--listener", type=int, required=True)
    given = parser.parse_args()
    threading.Thread(target=_end_with_input, daemon=True).start()
    serve(Mocks(MockShelf(given.folder)), socket.socket(fileno=given.listener))
    return 0


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())

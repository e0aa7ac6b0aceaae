"""`make dev`: acme's demo, started again when Python changes, rebuilt first when Rust does.

The demo itself applies its estate when that changes. Looks at file times twice a second; Ctrl-C ends everything.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

REPOSITORY = Path(__file__).resolve().parents[1]
DEMO = (sys.executable, "-m", "examples.acme.demo")
LOOK_EVERY_S = 0.5
ENDS_WITHIN_S = 30.0

Times = dict[Path, int]


def times(suffix: str, *folders: str) -> Times:
    """Modification time (ns) of every source file with this suffix."""
    return {path: stamp for folder in folders for path, stamp in _stamped(REPOSITORY / folder, suffix)}


def _stamped(folder: Path, suffix: str) -> Iterator[tuple[Path, int]]:
    for path in folder.rglob(f"*{suffix}"):
        try:
            yield path, path.stat().st_mtime_ns
        except FileNotFoundError:  # an editor's temporary file
            continue


def python_times() -> Times:
    return times(".py", "src", "examples")


def rust_times() -> Times:
    return times(".rs", "crates") | times(".toml", "crates")


def build() -> bool:
    """Whether the Rust half compiled; what is wrong is on the terminal."""
    return subprocess.run([REPOSITORY / "tools" / "native"], check=False).returncode == 0


def wait_for_change(python: Times, rust: Times) -> None:
    while (python, rust) == (python_times(), rust_times()):
        time.sleep(LOOK_EVERY_S)


def end(demo: subprocess.Popen[bytes]) -> None:
    """SIGINT, as Ctrl-C would be: the demo ends what it started."""
    if demo.poll() is None:
        demo.send_signal(signal.SIGINT)
    demo.wait(ENDS_WITHIN_S)


def interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    signal.signal(signal.SIGTERM, interrupted)  # ended by a supervisor is ended by Ctrl-C
    built: Times = rust_times()
    while True:
        python, rust = python_times(), rust_times()
        if rust == built or build():
            built = rust
            demo = subprocess.Popen(DEMO, cwd=REPOSITORY, start_new_session=True)
            try:
                wait_for_change(python, rust)
            finally:
                end(demo)
        else:
            wait_for_change(python, rust)
        print("\nChanged: starting again\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)

"""Small libraries for LD_PRELOAD: how the system behaves towards the processes a test starts."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def built(name: str, folder: Path) -> Path:
    """`NAME.c` beside this file as a library in `folder`, by the compiler that links Rust."""
    library = folder / f"{name}.so"
    source = HERE / f"{name}.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return library

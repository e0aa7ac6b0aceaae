"""Where the gateway's binary is."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.resources import files
from pathlib import Path

from ringwork.kernel.refusal import Refused

NAME = "ringwork-gateway"
ENVIRONMENT = "RINGWORK_GATEWAY"


def find_gateway() -> Path:
    """The binary named by RINGWORK_GATEWAY, or built into the checkout, or installed beside this Python.

    Raises Refused when there is none.
    """
    named = os.environ.get(ENVIRONMENT)
    if named is not None:
        return _executable(Path(named))
    for candidate in (Path(str(files("ringwork"))) / "_bin" / NAME, Path(sys.executable).parent / NAME):
        if os.access(candidate, os.X_OK):
            return candidate
    on_path = shutil.which(NAME)
    if on_path is None:
        raise Refused(
            "gateway-missing",
            f"the gateway's binary {NAME} was not found",
            f"Install Ringwork with pip, or name the binary in {ENVIRONMENT}.",
        )
    return Path(on_path)


def _executable(path: Path) -> Path:
    if not os.access(path, os.X_OK):
        raise Refused(
            "gateway-missing", f"{ENVIRONMENT}={path} is no executable file", "Name the gateway's binary."
        )
    return path.absolute()

"""The gateway's simple twin: follows the pointer and says so in status.json, as crates/server does."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

_TWIN = """#!{python}
import json, os, pathlib, signal, sys, time

node = pathlib.Path(sys.argv[sys.argv.index("--node") + 1])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
behaviour = (node / "behaviour").read_text() if (node / "behaviour").exists() else ""
if behaviour == "fails":
    (node / "starts").open("a").write("x")
    print("ringwork-gateway: the public ring cannot listen", file=sys.stderr, flush=True)
    sys.exit(4)

def said(status):
    new = node / f"status.{{os.getpid()}}"
    new.write_text(json.dumps(status))
    os.replace(new, node / "status.json")

begun_with = None
while True:
    pointer = node / "published" / "current"
    if pointer.exists():
        revision = json.loads(pointer.read_text())["revision"]
        begun_with = begun_with or revision
        status = {{"pid": os.getpid(), "version": "twin", "revision": revision, "refused": None}}
        if behaviour == "rebinds" and revision != begun_with:
            refused = {{"revision": revision, "code": "listeners_changed", "message": "restart"}}
            status |= {{"revision": begun_with, "refused": refused}}
        if behaviour == "refuses" and revision > 1:
            refused = {{"revision": revision, "code": "object_missing", "message": "no such object", "api": "orders"}}
            status |= {{"revision": 1, "refused": refused}}
        said(status)
    time.sleep(0.01)
"""


def twin(folder: Path) -> Path:
    """An executable that behaves as `NODE/behaviour` says: fails, rebinds, refuses, or well."""
    path = folder / "ringwork-gateway"
    path.write_text(_TWIN.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path

"""What the server of `forked` imports before it forks, which is what takes long: all that `ringwork up` and commands
need. It holds nothing else: no thread, no file, no connection.
"""

from __future__ import annotations

import gc
from importlib import import_module
from pkgutil import walk_packages

import ringwork

for _module in walk_packages(ringwork.__path__, "ringwork."):
    if not _module.name.endswith((".__main__", ".migrations.env")):
        import_module(_module.name)
# Libraries that are imported where they are used.
for _name in ("uvicorn.loops.auto", "uvicorn.protocols.http.h11_impl", "sqlalchemy.dialects.sqlite.pysqlite"):
    import_module(_name)
gc.collect()
gc.freeze()

"""Where gateways may keep limits together, and what of a limit each may allow by itself."""

from __future__ import annotations

from typing import Any

from ringwork.bundle.prove.estate import ReadEstate
from ringwork.bundle.prove.relations import Exactly
from ringwork.bundle.prove.units import url

# As the estate may write it → as every other URL, with the port where none is said.
_SCHEMES = {"redis": "http", "valkey": "http", "rediss": "https", "valkeys": "https"}
_PORT = "6379"


def allowed_shared_limits(estate: ReadEstate) -> Exactly:
    """Nothing where nothing is said. Raises ValueError."""
    said = estate.shared_limits
    if said.value is None:
        return Exactly(None, said.place)
    scheme, _, rest = str(said["url"].value).partition("://")
    if scheme not in _SCHEMES:
        raise ValueError(f"{said['url'].value} is no server of limits")
    host, _, database = rest.partition("/")
    has_port = ":" in host.rpartition("]")[2]
    server = url(f"{_SCHEMES[scheme]}://{host if has_port else f'{host}:{_PORT}'}")
    secrets = sorted({str(said[name].value) for name in ("password", "ca") if said[name].value is not None})
    allowed: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "tls": server.tls,
        "database": int(database or 0),
        **{name: said[name].value for name in ("gateways", "username", "password", "ca")},
    }
    return Exactly(allowed | ({"secrets": secrets} if secrets else {}), said.place)

"""`shared_limits`: the server on which several gateways keep limits together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from ringwork.manifest.upstream import UpstreamUrl, upstream_url
from ringwork.manifest.values import Manifest, SecretReference

# Scheme of the server's URL, of either name it goes by → that of a URL whose parts are judged as every other's.
_SCHEMES = {"redis": "http", "rediss": "https", "valkey": "http", "valkeys": "https"}
_PORT = 6379
_DATABASE = re.compile(r"/?|/(0|[1-9][0-9]{0,3})")


class SharedLimitsManifest(Manifest):
    """Limits are counted for all gateways together, on Valkey or Redis; without it, each goes on with its share."""

    url: Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"})]
    """`rediss://host[:port][/database]`, or `redis://` on the gateway's own machine; the port is 6379 where none is
    said, the database 0."""
    gateways: Annotated[int, Field(ge=1, le=1000)]
    """How many gateways share: while the server is away, each allows one part in so many of every limit."""
    username: Annotated[str, Field(pattern=r"^[!-~]{1,100}$")] | None = None
    """The server's account; default: its default one."""
    password: SecretReference | None = None
    """Of the account, by reference."""
    ca: SecretReference | None = None
    """PEM with the CAs that may vouch for the server, by reference; default: the system's."""


@dataclass(frozen=True, slots=True)
class SharedLimitsUrl:
    """`server.path` is empty."""

    server: UpstreamUrl
    database: int


def shared_limits_url(text: str) -> SharedLimitsUrl:
    """The URL taken apart. Raises ValueError with a message for people."""
    scheme, _, rest = text.partition("://")
    if scheme not in _SCHEMES:
        raise ValueError("this is not a redis:// or rediss:// URL with a host")
    plain = upstream_url(f"{_SCHEMES[scheme]}://{rest}")
    database = _DATABASE.fullmatch(urlsplit(text).path)
    if database is None:
        raise ValueError("what follows the host is the number of a database, such as /0")
    port = urlsplit(text).port or _PORT
    return SharedLimitsUrl(UpstreamUrl(plain.tls, plain.host, port, ""), int(database[1] or 0))

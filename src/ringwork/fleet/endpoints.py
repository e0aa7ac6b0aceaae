"""`endpoints.json`: where everything is. It exists exactly while `ringwork up` is ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ringwork.fleet.listeners import dialled, split_address
from ringwork.kernel.files import PRIVATE_FILE, write_atomically


class RingEndpoint(BaseModel):
    """`address` is what to connect to, `base_url` what to ask for; `ca_file` None: a publicly trusted CA.

    `pin` is the served public key for clients that pin it (RFC 7469 §2.4, as curl's `--pinnedpubkey` takes it);
    None: the certificate cannot be read. `documentation` is where this machine reads of the ring; None: nowhere.
    """

    model_config = ConfigDict(frozen=True)

    base_url: str
    address: str
    hosts: list[str]
    ca_file: str | None
    pin: str | None = None
    documentation: str | None = None


class AdminEndpoint(BaseModel):
    model_config = ConfigDict(frozen=True)

    url: str
    token_file: str


class GatewayEndpoint(BaseModel):
    model_config = ConfigDict(frozen=True)

    pid: int | None
    revision: int | None


class Endpoints(BaseModel):
    model_config = ConfigDict(frozen=True)

    rings: dict[str, RingEndpoint]
    admin: AdminEndpoint
    gateway: GatewayEndpoint
    # Where gateways elsewhere connect to, ADDRESS:PORT; None: nowhere.
    nodes: str | None = None
    # Prometheus metrics of the gateway; None: they are off.
    metrics: str | None = None
    # Where this machine reaches the authorization server; None: there is none.
    authorization: str | None = None

    def write(self, path: Path) -> None:
        write_atomically(path, self.model_dump_json(indent=2).encode() + b"\n", mode=PRIVATE_FILE)


def read_endpoints(path: Path) -> Endpoints | None:
    """None while nothing is up."""
    try:
        return Endpoints.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def ring_endpoint(
    ring: dict[str, Any], ca_file: Path | None, pin: str | None, documentation: str | None = None
) -> RingEndpoint:
    """From a ring of a manifest; `localhost` is preferred because it needs no entry anywhere."""
    address = dialled(ring["listeners"][0])
    hosts = list(ring["hosts"])
    host = "localhost" if "localhost" in hosts else hosts[0]
    _, port = split_address(address)
    return RingEndpoint(
        base_url=f"https://{host}:{port}",
        address=address,
        hosts=hosts,
        ca_file=None if ca_file is None else str(ca_file.absolute()),
        pin=pin,
        documentation=documentation,
    )

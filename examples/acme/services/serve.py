"""The five services in one process, each on its own port.

One process starts in a second where five would take five on two cores; nothing is shared but the event loop.
The listening sockets are opened by who starts this and handed over by number, so nobody can take a port between
choosing and using it: `python -m examples.acme.services.serve --data DIR --state DIR orders=5 inventory=6`.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from examples.acme.services import billing, crm, inventory, orders, shipping
from examples.acme.services.mesh import RingMesh
from examples.acme.services.store import Store

APPLICATIONS = {
    "orders": orders.application,
    "inventory": inventory.application,
    "shipping": shipping.application,
    "billing": billing.application,
    "crm": crm.application,
}


def by_port(applications: dict[int, FastAPI]) -> ASGIApp:
    """The application whose port accepted the connection."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await applications[scope["server"][1]](scope, receive, send)

    return dispatch


def run(data: Path, state: Path, listening: dict[str, socket.socket]) -> None:
    """Serves until SIGTERM or SIGINT."""
    applications = {}
    for name, listener in listening.items():
        mesh = RingMesh(name, state / "endpoints.json", state / "demo" / "identities")
        applications[listener.getsockname()[1]] = APPLICATIONS[name](Store(data / f"{name}.db"), mesh)
    config = uvicorn.Config(
        by_port(applications), lifespan="off", server_header=False, access_log=False, log_level="warning"
    )
    asyncio.run(uvicorn.Server(config).serve(sockets=list(listening.values())))


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve acme's services on inherited sockets.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the databases")
    parser.add_argument("--state", type=Path, required=True, help="Ringwork's state directory")
    parser.add_argument("services", nargs="+", metavar="NAME=FD", help="a service and its listening socket")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    arguments = _arguments(words)
    pairs = (pair.partition("=") for pair in arguments.services)
    listening = {name: socket.socket(fileno=int(number)) for name, _, number in pairs}
    run(arguments.data, arguments.state, listening)


if __name__ == "__main__":
    main(sys.argv[1:])

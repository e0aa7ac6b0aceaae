"""A small upstream that answers as the contracts say, one port per contract.

`python -m examples.real.upstream github.json=5 adyen.json=6`: a document and the number of its listening socket.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from ringwork.mock.answering import Mock
from ringwork.mock.application import application

# What services say of themselves, for the wall to take away.
_INDISCRETIONS = [(b"server", b"examples"), (b"x-powered-by", b"the contract")]


def run(listening: dict[Path, socket.socket]) -> None:
    """Serves until SIGTERM or SIGINT."""
    services = {
        listener.getsockname()[1]: application(Mock(json.loads(document.read_bytes())))
        for document, listener in listening.items()
    }

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        async def indiscreetly(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_INDISCRETIONS]
            await send(message)

        await services[scope["server"][1]](scope, receive, indiscreetly)

    config = uvicorn.Config(
        dispatch, lifespan="off", server_header=False, access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=list(listening.values()))


def main(words: list[str]) -> None:
    pairs = (word.rpartition("=") for word in words)
    run({Path(document): socket.socket(fileno=int(number)) for document, _, number in pairs})


if __name__ == "__main__":
    main(sys.argv[1:])

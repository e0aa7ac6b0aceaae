"""A small upstream that answers as the contracts say, one port per contract.

`python -m examples.real.upstream github.json=5 adyen.json=6`: a document and the number of its listening socket.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

from examples.real.answers import Answer, Contract, Json

_VARIABLE = re.compile(r"\{[^{}]*\}")
_SENDS_NO_BODY = frozenset({204, 205, 304})


@dataclass(slots=True)
class Node:
    """One path segment of the contract's templates; patterns such as `{a}...{b}` are tried in order."""

    literal: dict[str, Node] = field(default_factory=dict)
    pattern: list[tuple[re.Pattern[str], Node]] = field(default_factory=list)
    operations: dict[str, dict[str, Json]] = field(default_factory=dict)

    def below(self, segment: str) -> Node:
        """The node of a template's segment, made where there is none."""
        if "{" not in segment:
            return self.literal.setdefault(segment, Node())
        pattern = re.compile("[^/]+".join(re.escape(text) for text in _VARIABLE.split(segment)))
        for known, node in self.pattern:
            if known == pattern:
                return node
        self.pattern.append((pattern, Node()))
        return self.pattern[-1][1]

    def find(self, segments: list[str], method: str) -> dict[str, Json] | None:
        """The operation of a path, literal segments before patterns."""
        if not segments:
            return self.operations.get(method)
        first, rest = segments[0], segments[1:]
        nodes = [self.literal[first]] if first in self.literal else []
        nodes += [node for pattern, node in self.pattern if pattern.fullmatch(first)]
        return next(filter(None, (node.find(rest, method) for node in nodes)), None)


class ExampleService:
    """ASGI application answering the examples of one contract."""

    def __init__(self, document: dict[str, Json]) -> None:
        self._contract = Contract(document)
        self._root = Node()
        for method, template, operation in self._contract.operations():
            node = self._root
            for segment in template.strip("/").split("/"):
                node = node.below(segment)
            node.operations[method] = operation

    def answer(self, method: str, path: str) -> Answer:
        operation = self._root.find(path.strip("/").split("/"), method)
        if operation is None:
            return Answer(404, {"message": f"The contract has no {method} {path}"})
        return self._contract.answer(operation)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body", False):
            pass
        answer = self.answer(scope["method"], scope["path"])
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        headers = [(b"server", b"examples"), (b"x-powered-by", b"the contract")]
        if body:
            headers.append((b"content-type", b"application/json"))
        if answer.status not in _SENDS_NO_BODY:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if answer.status in _SENDS_NO_BODY else body})


def run(listening: dict[Path, socket.socket]) -> None:
    """Serves until SIGTERM or SIGINT."""
    services = {
        listener.getsockname()[1]: ExampleService(json.loads(document.read_bytes()))
        for document, listener in listening.items()
    }

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await services[scope["server"][1]](scope, receive, send)

    config = uvicorn.Config(
        dispatch, lifespan="off", server_header=False, access_log=False, log_level="warning"
    )
    asyncio.run(uvicorn.Server(config).serve(sockets=list(listening.values())))


def main(words: list[str]) -> None:
    pairs = (word.rpartition("=") for word in words)
    run({Path(document): socket.socket(fileno=int(number)) for document, _, number in pairs})


if __name__ == "__main__":
    main(sys.argv[1:])

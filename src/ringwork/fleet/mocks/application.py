"""All mocks of a state directory behind one port, each below its path."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ringwork.fleet.mocks.shelf import MockShelf
from ringwork.mock.answering import Mock, problem
from ringwork.mock.application import application, respond


class Mocks:
    """ASGI. A contract is read with the first request for it, and again when another is in its place."""

    def __init__(self, shelf: MockShelf) -> None:
        self._shelf = shelf
        self._stamp = (0, 0)
        self._index: dict[str, str] = {}
        self._read: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope["raw_path"]
        path = raw.decode("latin-1").partition("?")[0]
        segments = path.split("/", 3)
        mock = self._mock("/".join(segments[:3]))
        if mock is None:
            missing = problem(404, "No such mock", f"Nothing is answered from a contract at {path[:200]}.")
            await respond(missing)(scope, receive, send)
            return
        below = f"/{segments[3] if len(segments) == 4 else ''}"
        await mock({**scope, "raw_path": below.encode("latin-1"), "path": below}, receive, send)

    def _mock(self, path: str) -> ASGIApp | None:
        stamp = self._shelf.stamp()
        if stamp != self._stamp:
            self._stamp, self._index = stamp, self._shelf.index()
            named = set(self._index.values())
            self._read = {name: mock for name, mock in self._read.items() if name in named}
        name = self._index.get(path)
        if name is not None and name not in self._read:
            self._read[name] = application(Mock(self._shelf.document(name)))
        return None if name is None else self._read[name]

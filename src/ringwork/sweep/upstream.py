"""The service behind every API that is swept: it answers what it was told to, and remembers that it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from ringwork.sweep.planning import Plan

# Number of the API version, method, path below it, decoded: what the gateway makes of a target must not matter.
Key = tuple[int, str, str]


@dataclass(slots=True)
class Armed:
    """What is answered next; `reached`: how often it was asked for."""

    plan: Plan
    reached: int = 0


class EverythingUpstream:
    """ASGI. Each version is below `/<number>`."""

    def __init__(self) -> None:
        self._armed: dict[Key, Armed] = {}

    def arm(self, key: Key, plan: Plan) -> Armed:
        """Answers `plan` to `key` until it is disarmed."""
        armed = self._armed[key] = Armed(plan)
        return armed

    def disarm(self, key: Key) -> None:
        self._armed.pop(key, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body", False):
            pass
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        _, number, path = unquote(raw.partition(b"?")[0].decode("latin-1")).split("/", 2)
        armed = self._armed.get((int(number), scope["method"], f"/{path}"))
        if armed is None:
            await _answer(send, 500, {}, b"")
            return
        armed.reached += 1
        plan = armed.plan
        headers = dict(plan.headers)
        if plan.media_type is not None:
            headers["content-type"] = plan.media_type
        await _answer(send, plan.status, headers, b"" if scope["method"] == "HEAD" else plan.body)


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if body or status not in (204, 205, 304):
        fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})

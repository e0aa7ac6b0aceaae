"""Lists, a page at a time: by key and not by number, so that what is added meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, unquote, urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from ringwork.api.refusals import Responses
from ringwork.api.words import Order
from ringwork.kernel.refusal import Refused

T = TypeVar("T")

LONGEST_PAGE = 1000
_LONGEST_CURSOR = 512
_NUMBER = re.compile("[0-9]{1,15}")
Cursor = Annotated[str, Field(pattern="^[0-9A-Za-z_-]+$", min_length=1, max_length=_LONGEST_CURSOR)]
# Where the next page begins; null: this is the last.
Next = Cursor | None
CURSOR_UNKNOWN = {400: ("cursor-unknown",)}
_LINK: dict[str, Any] = {
    "Link": {
        "description": 'The next page, `rel="next"` (RFC 8288); left out of the last.',
        "schema": {"type": "string", "maxLength": 2048},
    }
}


class _Asked(Order):
    cursor: Cursor | None = Field(None, description="`next` of the page before; left out: the first page.")
    limit: int = Field(100, ge=1, le=LONGEST_PAGE, description="How many at most.")


class Paging:
    """The page that is asked for. One row more than it holds is read, which says whether there is another."""

    def __init__(self, path: str, address: str, response: Response, asked: _Asked) -> None:
        self._path = path
        self._address = address
        self._response = response
        self._limit = asked.limit
        self.after = None if asked.cursor is None else _position(path, asked.cursor)

    @property
    def after_number(self) -> int | None:
        """`after`, where rows are numbered. Raises Refused when it is none."""
        if self.after is None:
            return None
        if not _NUMBER.fullmatch(self.after):
            raise _unknown()
        return int(self.after)

    @property
    def rows(self) -> int:
        """How many to read, after `after`."""
        return self._limit + 1

    def listed(
        self, read: Callable[..., Sequence[T]], position: Callable[[T], str]
    ) -> tuple[Sequence[T], Next]:
        """As `page`, of what `read` gives for a `limit` and the position it is `after`."""
        return self.page(read(limit=self.rows, after=self.after or ""), position)

    def page(self, found: Sequence[T], position: Callable[[T], str]) -> tuple[Sequence[T], Next]:
        """What of `found` is on it, and the cursor of the next, which begins after the last one's `position`."""
        if len(found) <= self._limit:
            return found, None
        shown = found[: self._limit]
        cursor = _cursor(self._path, position(shown[-1]))
        query = urlencode({"cursor": cursor, "limit": self._limit})
        self._response.headers["link"] = f'<{self._address}?{query}>; rel="next"'
        return shown, cursor


def paged(responses: Responses) -> Responses:
    """`responses` of a list."""
    shown = responses[200]
    return responses | {200: shown | {"headers": shown["headers"] | _LINK}}


def _cursor(path: str, position: str) -> str:
    return base64.urlsafe_b64encode(f"{path}\n{position}".encode()).decode().rstrip("=")


def _position(path: str, cursor: str) -> str:
    """Raises Refused for what is no cursor of this list."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    whose, _, position = text.partition("\n")
    if whose != path or not position.isascii() or not position.isprintable() or not position:
        raise _unknown()
    return position


def _unknown() -> Refused:
    help = "Take `next` of the page before as it is, or begin without one."
    return Refused("cursor-unknown", "this is no cursor of this list", help)


async def _paging(request: Request, response: Response, asked: Annotated[_Asked, Query()]) -> Paging:
    # Of a URL the path would end at a `?` of an id.
    return Paging(request.scope["path"], _address(request.scope["raw_path"]), response, asked)


def _address(path: bytes) -> str:
    """A path as it was sent, fit for a header field: what is an id's `/` there stays apart from the path's."""
    return "/".join(quote(unquote(part), safe="") for part in path.decode("latin-1").split("/"))


Paged = Annotated[Paging, Depends(_paging)]

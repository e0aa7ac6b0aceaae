"""Answers to changes that can be sent again: kept in the transaction of the change, with what it led to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from fastapi import Response

from ringwork.api.conditions import IfMatch, tag_of
from ringwork.api.once import fixed, unfixed
from ringwork.api.words import Answer
from ringwork.control.demands import Demand, Foretold

T = TypeVar("T")


class Foreseen(Generic[T]):
    """`shown` makes an answer of what is stored; what is made has its `location`, and `status` 201."""

    def __init__(
        self,
        shown: Callable[[T], Answer],
        *,
        tagged: Callable[[T], Answer] | None = None,
        location: Callable[[T], str] | None = None,
    ) -> None:
        self._shown = shown
        self._tagged = tagged or shown
        self._location = location
        self._response: Response | None = None

    def tell(self, stored: T) -> None:
        """In the transaction, before it is done."""
        self._response = self._told(fixed, stored)

    def response(self, stored: T) -> Response:
        """After it, whether or not it changed anything."""
        return self._response or self._told(unfixed, stored)

    def _told(self, told: Callable[..., Response], stored: T) -> Response:
        etag = tag_of(self._tagged(stored))
        if self._location is None:
            return told(200, self._shown(stored), etag=etag)
        return told(201, self._shown(stored), location=self._location(stored), etag=etag)


def changed(
    changing: IfMatch, shown: Callable[[T], Answer], change: Callable[[Demand[T], Foretold[T]], T]
) -> Response:
    """Has `change` done to what is as `If-Match` expects it; what it is then."""
    foreseen = Foreseen(shown)
    return foreseen.response(change(lambda found: changing.demand(shown(found)), foreseen.tell))

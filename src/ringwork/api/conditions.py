"""Conditional requests (RFC 9110 §13): whoever changes something can say what he has seen of it, and whoever reads
need not be told again what he knows.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Header, Request, Response

from ringwork.api.refusals import Responses
from ringwork.api.words import Answer
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.refusal import Refused

A = TypeVar("A", bound=Answer)

# What is none matches nothing: then nothing is changed, and everything is told.
_TAG = '(?:W/)?"[!#-~]*"'
_LONGEST = 1024
_HASH_CHARACTERS = 32
ETAG: dict[str, Any] = {
    "ETag": {
        "description": "Of what is there now; for `If-Match` and `If-None-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$', "maxLength": _HASH_CHARACTERS + 2},
    }
}
# `responses` of what gives its tag, and of what can be asked whether it has changed.
TAGGED: Responses = {200: {"headers": ETAG}}
READ: Responses = TAGGED | {304: {"description": "Not Modified", "headers": ETAG}}
# Codes of what can be asked to change nothing that was not seen.
CHANGED_MEANWHILE = {412: ("changed-meanwhile",)}


class NotModified(Exception):  # an answer, and the shortest way to it
    """It is as whoever asks knows it."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def tag_of(answer: Answer) -> str:
    """A strong entity tag: another for everything that is answered otherwise, but for what nobody changes."""
    text = answer.model_dump_json(exclude={*answer.untagged})
    return f'"{content_hash(text.encode())[:_HASH_CHARACTERS]}"'


class IfMatch:
    """What a change expects to find."""

    def __init__(self, given: str | None, response: Response) -> None:
        self._given = given
        self._response = response

    def demand(self, found: Answer | None) -> None:
        """Raises Refused when `found`, None where there is nothing, is not what was seen (§13.1.1)."""
        if self._given is None or (self._given == "*" and found is not None):
            return
        if found is None or tag_of(found) not in _tags(self._given):
            help = "Read it again, and decide anew: its ETag is another."
            raise Refused("changed-meanwhile", "it is not as If-Match expects it", help, status=412)

    def changed(self, answer: A, now: Answer | None = None) -> A:
        """`answer`, with the tag of what there is `now`; of itself, if that is what it shows."""
        self._response.headers["etag"] = tag_of(now or answer)
        return answer


class IfNoneMatch:
    """What a reader knows."""

    def __init__(self, given: str | None, response: Response) -> None:
        self._given = given
        self._response = response

    def read(self, answer: A, *, tag: str | None = None) -> A:
        """`answer`, unless it is known (§13.1.2; weakly compared). `tag`: where it is not of `answer` alone."""
        tag = tag or tag_of(answer)
        if self._given == "*" or tag in [each.removeprefix("W/") for each in _tags(self._given or "")]:
            raise NotModified(tag)
        self._response.headers["etag"] = tag
        return answer


def answer_with_not_modified(application: FastAPI) -> None:
    application.add_exception_handler(NotModified, _not_modified)


async def _not_modified(_: Request, error: Any) -> Response:
    return Response(status_code=304, headers={"etag": error.tag})


def _tags(given: str) -> list[str]:
    return re.findall(_TAG, given)


def _field(name: str, about: str) -> Any:
    return Header(alias=name, max_length=_LONGEST, description=about)


async def _if_match(
    response: Response,
    given: Annotated[str | None, _field("If-Match", "Change it only if this is its ETag still.")] = None,
) -> IfMatch:
    return IfMatch(given, response)


async def _if_none_match(
    response: Response,
    given: Annotated[str | None, _field("If-None-Match", "An ETag: 304 if it is that still.")] = None,
) -> IfNoneMatch:
    return IfNoneMatch(given, response)


Changing = Annotated[IfMatch, Depends(_if_match)]
Reading = Annotated[IfNoneMatch, Depends(_if_none_match)]

"""Every error of the admin API as a problem document (RFC 9457) that says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from ringwork.api.words import Answer, Text
from ringwork.kernel.refusal import Refused, refused_by_the_system

MEDIA_TYPE = "application/problem+json"
_MOST_MISFITS = 100
# RFC 9110 §15, RFC 6585: Python's own words for them depend on its version.
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Misfit(Answer):
    """`at`: where in the request, such as `body.expires`."""

    at: Text
    message: Text


class Problem(Answer):
    """`code` never changes its meaning, `detail` may change its words, and `help` says what to do. `errors`: all that
    does not fit the request's description.
    """

    type: Literal["about:blank"] = "about:blank"
    title: Text
    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$", max_length=64)]
    detail: Text
    help: Text
    errors: Annotated[list[Misfit], Field(max_length=_MOST_MISFITS)] | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    help: str,
    *,
    errors: list[Misfit] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    said = Problem(
        title=TITLES.get(status, "Error"), status=status, code=code, detail=detail, help=help, errors=errors
    )
    body = said.model_dump(exclude_none=True)
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def answer_with_problems(application: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """`routes`: all there are, one for each method of a path."""

    async def http(request: Request, error: Any) -> JSONResponse:
        return _http(error, _allowed(routes, request.scope))

    application.add_exception_handler(Refused, _refused)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, http)
    application.add_exception_handler(OSError, _refused)
    application.add_exception_handler(Exception, _fault)


def refusal(error: Refused | OSError) -> JSONResponse:
    """Of the system's errors: a full disk, a folder that is somebody else's."""
    refused = error if isinstance(error, Refused) else refused_by_the_system(error)
    return problem(refused.status, refused.code, refused.message, refused.help)


async def _refused(_: Request, error: Any) -> JSONResponse:
    return refusal(error)


async def _malformed(_: Request, error: Any) -> JSONResponse:
    return _unfit([_misfit(each) for each in error.errors()[:_MOST_MISFITS]])


def _unfit(misfits: list[Misfit]) -> JSONResponse:
    detail = f"{misfits[0].at}: {misfits[0].message}"
    return problem(422, "request-malformed", detail, "Correct the request.", errors=misfits)


def _misfit(error: Mapping[str, Any]) -> Misfit:
    at = ".".join(str(part) for part in error["loc"])
    return Misfit(at=_writable(at), message=_writable(str(error["msg"])))


def _writable(text: str) -> str:
    """A name that was sent may hold half of a surrogate pair, which UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _http(error: Any, allowed: str) -> JSONResponse:
    if error.status_code == 400:  # FastAPI's word for a body that is not even text, or is nested too deeply
        return _unfit([Misfit(at="body", message="it is no JSON text (RFC 8259)")])
    help = "Check method and path."
    headers = {"allow": allowed} if error.status_code == 405 else error.headers
    return problem(error.status_code, "http", str(error.detail), help, headers=headers)


def _allowed(routes: Sequence[BaseRoute], scope: Scope) -> str:
    """The methods of the path (RFC 9110 §10.2.1); one that is written out is no value of a parameter."""
    shown = [each for each in routes if isinstance(each, Route) and each.include_in_schema]
    found = [each for each in shown if each.matches(scope)[0] is not Match.NONE]
    fewest = min((len(route.param_convertors) for route in found), default=0)
    meant = [route.methods or () for route in found if len(route.param_convertors) == fewest]
    return ", ".join(sorted({method for methods in meant for method in methods}))


async def _fault(_: Request, error: Any) -> JSONResponse:
    """The server logs the traceback; the caller learns the kind, never the values."""
    detail = f"a fault of Ringwork: {type(error).__name__}"
    return problem(500, "fault", detail, "Its traceback is in the output of `ringwork up`; please report it.")

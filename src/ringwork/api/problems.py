"""Every error of the admin API as a problem document (RFC 9457) that says what to do."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ringwork.kernel.refusal import Refused, refused_by_the_system

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, help: str) -> JSONResponse:
    body = {"type": "about:blank", "status": status, "code": code, "detail": detail, "help": help}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def answer_with_problems(application: FastAPI) -> None:
    application.add_exception_handler(Refused, _refused)
    application.add_exception_handler(RequestValidationError, _malformed)
    application.add_exception_handler(HTTPException, _http)
    application.add_exception_handler(OSError, _refused_by_the_system)
    application.add_exception_handler(Exception, _fault)


async def _refused(_: Request, error: Any) -> JSONResponse:
    return problem(error.status, error.code, error.message, error.help)


async def _refused_by_the_system(_: Request, error: Any) -> JSONResponse:
    """A full disk, a folder that is somebody else's."""
    refused = refused_by_the_system(error)
    return problem(503, refused.code, refused.message, refused.help)


async def _malformed(_: Request, error: Any) -> JSONResponse:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return problem(422, "request-malformed", f"{place}: {first['msg']}", "Correct the request.")


async def _http(_: Request, error: Any) -> JSONResponse:
    return problem(error.status_code, "http", str(error.detail), "Check method and path.")


async def _fault(_: Request, error: Any) -> JSONResponse:
    """The server logs the traceback; the caller learns the kind, never the values."""
    detail = f"a fault of Ringwork: {type(error).__name__}"
    return problem(500, "fault", detail, "Its traceback is in the output of `ringwork up`; please report it.")

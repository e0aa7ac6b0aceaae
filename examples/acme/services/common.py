"""What the five services share: the caller Ringwork vouches for, money, errors, and an indiscreet framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as AnyHTTPException

from examples.acme.services.mesh import NeighbourFailed

JsonObject = dict[str, Any]
Next = Callable[[Request], Awaitable[Response]]


class Body(BaseModel):
    """A request body: what is not known is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Money(Body):
    """An amount as people write it (`"129.90"`) and its ISO 4217 currency."""

    amount: str = Field(pattern=r"^\d{1,9}\.\d{2}$")
    currency: Literal["EUR"] = "EUR"


def money(cents: int) -> JsonObject:
    return {"amount": f"{cents // 100}.{cents % 100:02}", "currency": "EUR"}


def cents(amount: Money) -> int:
    return int(amount.amount.replace(".", ""))


class Caller(BaseModel):
    """Who calls, as the gateway says. A client cannot say it: Ringwork removes these headers from requests."""

    ring: str
    consumer: str

    @property
    def is_partner(self) -> bool:
        return self.ring == "partner"


def _caller(request: Request) -> Caller:
    headers = request.headers
    return Caller(
        ring=headers.get("x-ringwork-ring", "none"), consumer=headers.get("x-ringwork-consumer", "nobody")
    )


CalledBy = Annotated[Caller, Depends(_caller)]


def now() -> str:
    """RFC 3339, UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def not_found(what: str) -> HTTPException:
    return HTTPException(404, f"There is no {what}.")


def address_inside(request: Request, path: str) -> str:
    """`path` on the address this process listens on: what many a framework puts into `Location`."""
    host, port = request.scope["server"]
    return f"http://{host}:{port}{path}"


def service(name: str, version: str) -> FastAPI:
    """An application with the manners, and the indiscretions, of a framework's defaults."""
    app = FastAPI(title=f"acme-{name}", version=version, openapi_url=None)

    async def boast(request: Request, call_next: Next) -> Response:
        response = await call_next(request)
        response.headers["server"] = "uvicorn/0.54 (acme-prod-7.eu-central.acme.localhost)"
        response.headers["x-powered-by"] = f"acme-{name}/{version} FastAPI"
        response.headers["x-debug-handler"] = f"{request.method} {request.url.path}"
        response.headers["x-internal-host"] = address_inside(request, "")
        return response

    app.middleware("http")(boast)
    app.exception_handler(AnyHTTPException)(_refusal)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(NeighbourFailed)(_neighbour_failed)
    return app


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    body = {"title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)
    return _problem(error.status_code, "Not possible", error.detail)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [".".join(map(str, each["loc"][1:])) + ": " + each["msg"] for each in error.errors()]
    return _problem(422, "Not valid", "; ".join(wrong))


async def _neighbour_failed(_request: Request, _error: Exception) -> Response:
    return _problem(503, "Try again", "A service this call needs did not answer.")

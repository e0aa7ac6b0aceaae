"""Requests of OAuth clients as they are sent: small forms, and who sends them (RFC 6749 §2.3, §3.2)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from ringwork.control.oauth.authentication import Presented
from ringwork.control.oauth.errors import Declined

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 50
# RFC 8707 §2: the one parameter that may come more than once.
_REPEATED = "resource"
OF_THE_CLIENT = ("client_id", "client_secret", "client_assertion", "client_assertion_type")


@dataclass(frozen=True, slots=True)
class Form:
    """`basic`: whether the client presents itself by the `Authorization` field. `proof`: `DPoP` (RFC 9449 §4.1)."""

    fields: dict[str, str]
    resources: tuple[str, ...]
    presented: Presented
    basic: bool
    proof: str | None = None


async def form_of(request: Request) -> Form:
    """Raises Declined."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM or request.url.query:
        raise Declined("invalid_request", f"parameters are in a body of {_FORM}")
    pairs = _pairs(await request.body())
    fields = {name: value for name, value in pairs if name != _REPEATED}
    if len(fields) != sum(name != _REPEATED for name, _ in pairs):
        raise Declined("invalid_request", "a parameter is there twice")
    resources = tuple(value for name, value in pairs if name == _REPEATED)
    basic = _basic(request)
    presented = replace(_presented(fields, basic), fields=request.headers.getlist)
    return Form(fields, resources, presented, basic is not None, _proof(request))


def _proof(request: Request) -> str | None:
    """Raises Declined."""
    given = request.headers.getlist("dpop")
    if len(given) > 1:
        raise Declined("invalid_dpop_proof", "there are several proofs")
    return given[0] if given else None


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """A parameter without a value counts as one that is not there (RFC 6749 §3.2)."""
    try:
        return parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise Declined("invalid_request", "the form cannot be read") from None


def _basic(request: Request) -> tuple[str, str] | None:
    """RFC 7617; id and secret are form-encoded before (RFC 6749 §2.3.1)."""
    given = request.headers.getlist("authorization")
    if not given:
        return None
    scheme, _, credentials = given[0].partition(" ")
    try:
        if len(given) > 1 or scheme.lower() != "basic":
            raise ValueError("another scheme")
        client_id, colon, secret = (
            base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
        )
        if not colon:
            raise ValueError("no password")
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error):
        raise Declined("invalid_client", "the Authorization field presents no client") from None


def _presented(fields: dict[str, str], basic: tuple[str, str] | None) -> Presented:
    """Raises Declined for a client that presents itself in two ways, or as two."""
    client_id, secret, assertion, assertion_type = (fields.get(name) for name in OF_THE_CLIENT)
    ways = (basic is not None) + (secret is not None) + (assertion is not None or assertion_type is not None)
    if ways > 1 or (basic is not None and client_id not in (None, basic[0])):
        raise Declined("invalid_request", "a client presents itself in one way")
    if basic is not None:
        return Presented(*basic)
    return Presented(client_id, secret, assertion, assertion_type)

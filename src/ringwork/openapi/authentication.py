"""How a ring authenticates, in the words of OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass

Scheme = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Authentication:
    """The ways a ring accepts; any one of them is enough."""

    mtls: bool
    service_token: bool
    api_key: bool
    access_token: bool = False


def security_schemes(ways: Authentication, openapi: str) -> list[Scheme]:
    """Name and members of a Security Scheme Object for each way. OpenAPI 3.0 has no word for mTLS."""
    schemes: list[Scheme] = []
    if ways.mtls and not openapi.startswith("3.0"):
        description = "A client certificate with the SPIFFE ID of the calling service."
        schemes.append(("mtls", [("type", "mutualTLS"), ("description", description)]))
    if ways.service_token:
        description = "The internal JWT of the calling service."
        schemes.append(("serviceToken", _header("x-internal-service-token", description)))
    if ways.api_key:
        description = "An API key of your application; also accepted as `Authorization: Bearer`."
        schemes.append(("apiKey", _header("x-api-key", description)))
    if ways.access_token:
        schemes.append(("accessToken", _BEARER))
    return schemes


# Whose tokens is for each caller to be told: readers of a ring are not told of one another.
_BEARER = [
    ("type", "http"),
    ("scheme", "bearer"),
    ("bearerFormat", "JWT"),
    ("description", "An access token of an issuer that was agreed with you."),
]


def _header(name: str, description: str) -> list[tuple[str, str]]:
    return [("type", "apiKey"), ("in", "header"), ("name", name), ("description", description)]

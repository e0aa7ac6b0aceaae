"""What a provider says of itself (OpenID Connect Discovery 1.0 §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringwork.control.people.provider.asking import Asking
from ringwork.control.people.provider.words import Unanswered

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """`names_itself`: its answers to a login say who gave them (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    authenticates_by: tuple[str, ...]
    names_itself: bool


def read_metadata(asking: Asking, issuer: str) -> Metadata:
    """Raises Unanswered, also for a document of another issuer (§4.3)."""
    status, said = asking.json("GET", issuer.rstrip("/") + _WELL_KNOWN)
    if status != 200:
        raise Unanswered(f"the provider has no discovery document ({status})")
    if said.get("issuer") != issuer:
        raise Unanswered("the discovery document is of another issuer than `people.provider.issuer`")
    methods = said.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(asking, said, "authorization_endpoint"),
        token_endpoint=_endpoint(asking, said, "token_endpoint"),
        jwks_uri=_endpoint(asking, said, "jwks_uri"),
        userinfo_endpoint=_endpoint(asking, said, "userinfo_endpoint")
        if "userinfo_endpoint" in said
        else None,
        # RFC 8414 §2: left out, it is this one.
        authenticates_by=tuple(map(str, methods)) if isinstance(methods, list) else ("client_secret_basic",),
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(asking: Asking, said: dict[str, Any], name: str) -> str:
    url = said.get(name)
    if not isinstance(url, str):
        raise Unanswered(f"the discovery document names no {name}")
    return asking.demand_safe(url)

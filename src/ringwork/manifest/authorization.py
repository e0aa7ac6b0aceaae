"""`authorization_server`: Ringwork as the OAuth 2.0 authorization server of its partner and public rings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from ringwork.manifest.issuers import ClaimValue
from ringwork.manifest.people import Origin, duration_between, seconds
from ringwork.manifest.values import ListenAddress, Manifest, Many

__all__ = ["AuthorizationServerManifest", "EnvironmentAuthorizationServerManifest", "seconds"]

_Lifetime = Annotated[str, *duration_between("30s", "1h")]
_Audiences = Annotated[Many[ClaimValue], Field(min_length=1, max_length=20)]


class AuthorizationServerManifest(Manifest):
    """Clients of partners' and developers' applications get access tokens here; see docs/oauth.md."""

    issuer: Origin
    """Its URL, where clients reach it: a proxy with TLS before `listen`. `iss` of its tokens, to the letter."""
    audiences: _Audiences
    """What clients call your APIs (`resource`, RFC 8707). A token that was asked for without names the first."""
    listen: ListenAddress
    """A loopback address of the control plane's machine, for the proxy in front of it."""
    rings: Annotated[Many[Literal["partner", "public"]], Field(min_length=1, max_length=2)]
    """Rings that accept its tokens."""
    lifetime: _Lifetime = "5m"
    """How long a token lives: 30s to 1h. What ends its client ends it sooner."""


class EnvironmentAuthorizationServerManifest(Manifest):
    """The authorization server here; on the same rings."""

    differs_from: ClassVar[type[BaseModel] | None] = AuthorizationServerManifest

    issuer: Origin | None = None
    """Instead of the estate's: another environment is another issuer."""
    audiences: _Audiences | None = None
    listen: ListenAddress | None = None
    lifetime: _Lifetime | None = None

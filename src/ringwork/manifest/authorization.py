"""`authorization_server`: Ringwork as the OAuth 2.0 authorization server of its partner and public rings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, Field

from ringwork.manifest.issuers import ClaimValue
from ringwork.manifest.people import Origin, ProviderManifest, duration_between, seconds
from ringwork.manifest.values import HeaderName, ListenAddress, Manifest, Many, refuse

__all__ = ["AuthorizationServerManifest", "EnvironmentAuthorizationServerManifest", "seconds"]

_Lifetime = Annotated[str, *duration_between("30s", "1h")]
_Audiences = Annotated[Many[ClaimValue], Field(min_length=1, max_length=20)]


_RefreshTime = Annotated[str, *duration_between("5m", "365d")]
# What a token says by itself (RFC 7519 §4.1, RFC 9068 §2.2, RFC 7800 §3.1): nobody else says it.
_OWN_CLAIMS = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "azp", "scope", "cnf", "act", "may_act"}
    | {"grant_id", "auth_time", "nonce", "sid", "events"}
)


def _told_claim(name: str) -> str:
    if name in _OWN_CLAIMS:
        help = f"Leave it out: not {', '.join(sorted(_OWN_CLAIMS))}."
        refuse(f'"{name}" is what a token says by itself', help)
    return name


class UsersManifest(ProviderManifest):
    """The OpenID provider of your APIs' users: customers of partners and of the public, who allow applications to call
    in their name. The authorization server is a client of it; register `<issuer>/authorize/callback` there, with the
    issuer of the authorization server.
    """

    claims: Annotated[
        Many[Annotated[str, AfterValidator(_told_claim), Field(pattern=r"^[!-~]{1,100}$")]],
        Field(max_length=20),
    ] = ()
    """Claims of the provider that access tokens carry too: texts, numbers, truth values and lists of texts."""


class RefreshManifest(Manifest):
    """How long an application can call in a user's name without asking again."""

    lifetime: _RefreshTime = "30d"
    """From what the user allowed to its end, whatever happens."""
    idle: _RefreshTime = "7d"
    """Without a refresh, it ends after this."""


# What clients say by these is read here, or by whoever carries the request.
_OWN_FIELDS = frozenset(
    [
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "dpop",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "sec-fetch-site",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


def _field_of_the_proxy(name: str) -> str:
    if name.lower() in _OWN_FIELDS:
        refuse(
            f'"{name}" says something else already',
            "Name a field of its own, such as Client-Cert (RFC 9440).",
        )
    return name


class ClientCertificatesManifest(Manifest):
    """Certificates of clients (RFC 8705), as the proxy with TLS before `listen` hands them on: it sets the field at
    every request whose client has shown one, and takes it away from all others.
    """

    header: Annotated[HeaderName, AfterValidator(_field_of_the_proxy)]
    """Which field it sets: `Client-Cert` (RFC 9440), unless the proxy cannot."""
    encoding: Literal["rfc9440", "escaped-pem"] = "rfc9440"
    """How: base64 of the DER between colons, or a PEM with percent-encoding (nginx, AWS)."""
    at: Origin | None = None
    """URL at which the proxy asks for certificates, where that is another than `issuer`: browsers of users are asked
    for none then. Metadata names it (`mtls_endpoint_aliases`, RFC 8705 §5)."""


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
    users: UsersManifest | None = None
    """Whose login your APIs' users have. Without it clients act for themselves only."""
    refresh: RefreshManifest = RefreshManifest()
    client_certificates: ClientCertificatesManifest | None = None
    """Clients may prove themselves by a certificate, and have tokens bound to one. Without it, no field says anything
    of certificates."""


class EnvironmentAuthorizationServerManifest(Manifest):
    """The authorization server here; on the same rings."""

    differs_from: ClassVar[type[BaseModel] | None] = AuthorizationServerManifest

    issuer: Origin | None = None
    """Instead of the estate's: another environment is another issuer."""
    audiences: _Audiences | None = None
    listen: ListenAddress | None = None
    lifetime: _Lifetime | None = None
    users: UsersManifest | None = None
    """Instead of the estate's, as a whole."""
    refresh: RefreshManifest | None = None
    """Instead of the estate's, as a whole."""
    client_certificates: ClientCertificatesManifest | None = None
    """Instead of the estate's, as a whole: another proxy."""

"""`issuers`: who may vouch for callers by tokens of their own (RFC 7519, RFC 9068), and whom their tokens name.

An issuer is accepted by the rings that are named under it, and by no others. What is written here is enough to judge a
token: gateways ask nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ringwork.audience import Audience
from ringwork.manifest.values import AnyFile, DurationMs, Manifest, Many, Name, RelativeFile, refuse

Algorithm = Literal["EdDSA", "ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]
USUAL_ALGORITHMS: tuple[Algorithm, ...] = ("EdDSA", "ES256", "ES384", "PS256", "RS256")

_SHORTEST_REFRESH_MS = 5_000
_LONGEST_LEEWAY_MS = 300_000


def _value(text: str) -> str:
    if not text.isascii() or not text.isprintable() or text != text.strip():
        refuse(
            "this is no value of a claim that could be told to a service",
            "Write printable ASCII characters, without spaces around them.",
        )
    return text


def _refresh(duration_ms: int) -> int:
    if duration_ms < _SHORTEST_REFRESH_MS:
        refuse(
            "keys are not fetched that often", "Write at least 5s: issuers publish keys before they use them."
        )
    return duration_ms


def _leeway(duration_ms: int) -> int:
    if duration_ms > _LONGEST_LEEWAY_MS:
        refuse("this leeway is longer than 5m", "Tokens that are over must end: set the clocks instead.")
    return duration_ms


ClaimName = Annotated[str, AfterValidator(_value), Field(min_length=1, max_length=200)]
ClaimValue = Annotated[str, AfterValidator(_value), Field(min_length=1, max_length=255)]
Url = Annotated[str, Field(min_length=1, max_length=2000, json_schema_extra={"format": "uri"})]


class InternalCallersManifest(Manifest):
    """Tokens are services: the same callers, with the same limits, as by certificate. Or they are people."""

    claim: ClaimName | None = None
    """Name of a claim at the top of the token, such as `sub` or `client_id`; its value must be a text."""
    services: Annotated[Mapping[ClaimValue, Name], Field(max_length=10_000)] = {}
    """Value of the claim → name of the service. A value that is not here is nobody."""
    people: bool = False
    """Tokens are people's instead: each subject a caller of its own, who may call what `x-groups` of operations let
    the person's functional groups; those are told by `claims` in groups/*.yaml, and by grants."""


class PartnerCallersManifest(Manifest):
    """Tokens are partners: their agreement holds for keys and tokens together."""

    claim: ClaimName
    """Name of a claim at the top of the token, such as `client_id` or `azp`; its value must be a text."""
    partners: Annotated[Mapping[ClaimValue, Name], Field(min_length=1, max_length=10_000)]
    """Value of the claim → name of the partner. A value that is not here is nobody."""


class DeveloperCallersManifest(Manifest):
    """Tokens are callers of their own, each with the limits of a plan."""

    per: Literal["subject", "client"] = "subject"
    """Whom a limit is counted for: each subject (`sub`), or each client (`client_id`, or `azp`)."""
    plan: Name
    """The plan their limits are of."""


class IssuerRingsManifest(Manifest):
    """Rings that accept the issuer's tokens, and whom a token names there."""

    internal: InternalCallersManifest | None = None
    partner: PartnerCallersManifest | None = None
    public: DeveloperCallersManifest | None = None


class IssuerManifest(Manifest):
    """An outside issuer of access tokens."""

    issuer: Url
    """`iss` of its tokens, to the letter."""
    audiences: Annotated[Many[ClaimValue], Field(min_length=1, max_length=20)]
    """`aud` of a token must hold one of them: what the issuer calls your APIs."""
    jwks: RelativeFile | None = None
    """File of the estate with its public keys (RFC 7517); or `jwks_uri`."""
    jwks_uri: Url | None = None
    """Where it publishes its keys: https, or http on this machine. The control plane fetches them."""
    ca: AnyFile | None = None
    """PEM file with the CAs that may vouch for `jwks_uri`; relative paths begin at the estate's folder. Default: the
    system's."""
    refresh: Annotated[DurationMs, AfterValidator(_refresh)] | None = None
    """How often `jwks_uri` is fetched: 5s to 60m, default 1m."""
    algorithms: Annotated[Many[Algorithm], Field(min_length=1)] = USUAL_ALGORITHMS
    """Signature algorithms that are accepted of it; `none` and shared secrets never are."""
    typ: Literal["at+jwt", "jwt"] = "at+jwt"
    """Type a token must name: that of RFC 9068; `jwt` also takes `JWT` and none, of issuers that do not follow it."""
    leeway: Annotated[DurationMs, AfterValidator(_leeway)] = 10_000
    """How far its clock and a gateway's may be apart, whole seconds; at most 5m."""
    forward_token: bool = False
    """Whether services get the token. Without it they are told caller and subject only."""
    log_subject: Literal["hashed", "full"] = "hashed"
    """How the access log names subjects: `hashed` is the same for every call of one, and no name."""
    scope_claim: ClaimName = "scope"
    """Claim at the top of the token that names its scopes: a text with spaces between (RFC 9068), or a list. Entra and
    Okta write `scp`."""
    rings: IssuerRingsManifest

    def accepted_on(self, audience: Audience) -> CallersManifest | None:
        """Whom its tokens name on a ring; None: the ring does not accept them."""
        callers: CallersManifest | None = getattr(self.rings, audience.label)
        return callers


CallersManifest = InternalCallersManifest | PartnerCallersManifest | DeveloperCallersManifest

"""`people` of `ringwork.yaml`, and `groups/<name>.yaml`: who operates Ringwork, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from ringwork.manifest.callers import Services
from ringwork.manifest.permissions import Permission
from ringwork.manifest.values import Manifest, Many, Name, SecretReference, Text, refuse

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = "[1-9][0-9]{0,5}[smhd]"
_LONGEST_URL = 300

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"
]
"""Signatures a provider's tokens may have (RFC 7518 §3.1, RFC 8037, RFC 9864); none by a secret both sides know."""


def duration_between(shortest: str, longest: str) -> tuple[AfterValidator, object]:
    """What makes `str` a duration of seconds to days."""

    def check(text: str) -> str:
        help = f"Write a number and s, m, h or d, from {shortest} to {longest}."
        if not re.fullmatch(_DURATION, text):
            refuse("this is not a duration", help)
        if not seconds(shortest) <= seconds(text) <= seconds(longest):
            refuse(f'"{text}" is not between {shortest} and {longest}', help)
        return text

    return AfterValidator(check), Field(
        json_schema_extra={"pattern": f"^{_DURATION}$"}, examples=[shortest, longest]
    )


def seconds(text: str) -> int:
    """Of a duration as it is written here: `12h`."""
    return int(text[:-1]) * _UNITS_S[text[-1]]


_SessionTime = Annotated[str, *duration_between("1m", "30d")]
_RecheckTime = Annotated[str, *duration_between("1s", "24h")]
_GrantTime = Annotated[str, *duration_between("1m", "30d")]


def is_loopback(host: str) -> bool:
    """Whether nobody elsewhere can be `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_address(text: str, help: str) -> str:
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if host is None or len(text) > _LONGEST_URL or not re.fullmatch(r"https?://[!-~]+", text):
        refuse("this is not a URL", help)
    if url.username is not None or url.query or url.fragment or "?" in text or "#" in text:
        refuse("this has more than scheme, host, port and path", help)
    if url.scheme != "https" and not is_loopback(host):
        refuse("what people log in with would travel in the clear", 'Begin it with "https://".')
    return text


def _origin(text: str) -> str:
    help = 'Write scheme, host and port, such as "https://ringwork.acme.example"; no path, no "/" at the end.'
    if _web_address(text, help) and urlsplit(text).path:
        refuse("this is not the URL of a host alone", help)
    return text.lower()


def _issuer(text: str) -> str:
    return _web_address(text, "Write `issuer` as the provider's discovery document has it, to the letter.")


def _told_at(text: str) -> str:
    return _web_address(text, "Write a URL without a query: what is told there is no secret in an address.")


_URI = Field(max_length=_LONGEST_URL, json_schema_extra={"format": "uri"})
Origin = Annotated[str, AfterValidator(_origin), _URI]
ClaimValue = Annotated[str, Field(min_length=1, max_length=300)]


class ProviderManifest(Manifest):
    """The organisation's OpenID provider; the control plane is a client of it."""

    issuer: Annotated[str, AfterValidator(_issuer), _URI]
    """Its issuer identifier: `<issuer>/.well-known/openid-configuration` is read (OpenID Connect Discovery)."""
    client_id: Annotated[str, Field(min_length=1, max_length=300)]
    """What the provider knows this control plane as."""
    client_secret: SecretReference | None = None
    """Its secret, by reference; without one it is a public client, protected by PKCE alone."""
    scopes: Annotated[Many[Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,100}$")]], Field(max_length=20)] = (
        "openid",
        "profile",
        "offline_access",
    )
    """Asked for at login; `openid` always is. `offline_access` has most providers give a refresh token."""
    algorithms: Annotated[Many[Algorithm], Field(min_length=1, max_length=10)] = (
        "RS256",
        "PS256",
        "ES256",
        "Ed25519",
        "EdDSA",
    )
    """Signatures its tokens may have; all others are refused."""
    ask_consent: bool = False
    """Ask for consent at every login (`prompt=consent`): what some providers want before they give a refresh token."""
    ca: SecretReference | None = None
    """PEM with the CAs that may vouch for it, by reference; default: the system's."""


class SessionsManifest(Manifest):
    """How long people stay logged in."""

    lifetime: _SessionTime = "12h"
    """From login to the end, whatever happens."""
    idle: _SessionTime = "1h"
    """Without a call, a session ends after this."""
    recheck: _RecheckTime = "15m"
    """How often the provider is asked whether a person still has access, and is in which groups. After twice this,
    and a minute, without an answer a session is refused until there is one. Without a refresh token it ends after
    this."""


class NotifyManifest(Manifest):
    """Who is told of requests, decisions and grants: JSON by POST, in the form of Standard Webhooks 1.0."""

    url: Annotated[str, AfterValidator(_told_at), _URI]
    """Where it is posted."""
    secret: SecretReference | None = None
    """What it is signed with (`webhook-signature`), by reference: `whsec_` and base64, or any text."""


class PeopleManifest(Manifest):
    """People who operate this control plane. Without a provider they have accounts here, by invitation."""

    url: Origin | None = None
    """Where browsers reach the control plane, such as `https://ringwork.acme.example` (a proxy's, before
    `ringwork up --admin`); default: its own address on loopback. A provider needs one that stays."""
    provider: ProviderManifest | None = None
    sessions: SessionsManifest = SessionsManifest()
    first_operator: Annotated[Many[Name], Field(max_length=100)] = ()
    """Groups of the first person who has an account here; default: those that may do `people`."""
    notify: NotifyManifest | None = None
    """Who hears of requests, decisions and grants; default: nobody, they are in the ledger."""


class EnvironmentPeopleManifest(Manifest):
    """What is different of people here; groups are the same everywhere."""

    differs_from: ClassVar[type[BaseModel] | None] = PeopleManifest

    url: Origin | None = None
    """Instead of the estate's."""
    provider: ProviderManifest | None = None
    """Instead of the estate's, as a whole."""
    notify: NotifyManifest | None = None
    """Instead of the estate's, as a whole."""


class GrantApprovalManifest(Manifest):
    """Who decides; never the one who asks."""

    groups: Annotated[Many[Name], Field(min_length=1, max_length=100)]
    """Members of any of these decide."""
    quorum: Annotated[int, Field(ge=1, le=10)] = 1
    """How many have to approve; one who declines ends it."""


class BreakGlassManifest(Manifest):
    """Taken at once, without approval, and told loudly: for the night nobody else is awake."""

    groups: Annotated[Many[Name], Field(min_length=1, max_length=100)]
    """Members of any of these may."""
    longest: _GrantTime = "1h"
    """For how long at most."""


class GrantsManifest(Manifest):
    """Somebody may be in this group for some time (requirement B10)."""

    longest: _GrantTime
    """For how long at most; a grant ends by itself."""
    approval: GrantApprovalManifest
    eligible: Annotated[Many[Name], Field(max_length=100)] = ()
    """Members of these may ask; empty: whoever can log in."""
    one_at_a_time: bool = False
    """Who holds this by a grant holds no other grant."""
    break_glass: BreakGlassManifest | None = None


class GroupManifest(Manifest):
    """A functional group (`groups/<name>.yaml`): what its members do, never what rank they have."""

    description: Text
    """What its members do, for who decides whether somebody belongs here."""
    permissions: Annotated[Many[Permission], Field(max_length=20)] = ()
    """What its members may do on the control plane."""
    claims: Annotated[
        Mapping[str, Annotated[Many[ClaimValue], Field(min_length=1, max_length=100)]], Field(max_length=20)
    ] = {}
    """Who is in it: claim of the provider → values, of which a person has one."""
    services: Services = ()
    """Services that are in it: `callers` of APIs name them together."""
    grants: GrantsManifest | None = None
    """How somebody who is not in it comes to be, for some time; absent: nobody does."""

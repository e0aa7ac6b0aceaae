"""What the store holds. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ringwork.intent.authorization import AuthorizationTerms
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.canonical import content_hash


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What a credential is good for; an empty tuple restricts nothing.

    `versions` are `api:version`; `networks` are CIDRs; `scopes` narrow what the agreement gives.
    """

    apis: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()

    def permit(self, api: str, version: str) -> bool:
        """As gateways judge it (`crates/wall/src/judge/caller.rs`)."""
        named = not self.apis or api in self.apis
        return named and (not self.versions or f"{api}:{version}" in self.versions)


# Kinds of credentials.
KEY = "key"
CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key, without the key: `sha256` is the hash of the whole key, lower-case hex. Or, of the `kind` CLIENT, an
    OAuth client as gateways know it, whose hash is of no key (`control/oauth/`).

    Exactly one of `plan` and `partner` is set, or neither: then the ring's default limit holds. `consumer` and
    `application` are names; whose they are, `application_id`, is known when it is stored. `suspended`: its application
    or account is, and no gateway knows it. `used_at`: last, to the minute, as far as gateways told. `pins`: its
    application's.
    """

    id: str
    sha256: str
    environment: str
    ring: str
    consumer: str
    application: str
    created_at: datetime
    plan: str | None = None
    partner: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    restrictions: Restrictions = field(default=Restrictions())
    application_id: str = ""
    suspended: bool = False
    used_at: datetime | None = None
    kind: str = KEY
    pins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """An application with keys (and clients) that work now and are restricted alike; how many, and when one of them was
    used last, for whatever API, as far as gateways told.
    """

    application_id: str
    consumer: str
    application: str
    ring: str
    partner: str | None
    restrictions: Restrictions
    pins: Mapping[str, str]
    keys: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A key as it is shown once, and never stored."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedIdentity:
    """An X.509-SVID or a service token that was handed out. `handle` is the serial (hex) or the `jti`."""

    handle: str
    kind: str
    spiffe_id: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


def secret_id(name: str) -> str:
    """16 hexadecimal digits."""
    return content_hash(name.encode())[:16]


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """A secret as it is stored: `sealed` is a nonce of 96 bits, then what AES-256-GCM made of the value."""

    name: str
    sealed: bytes = field(repr=False)
    changed_at: datetime

    @property
    def id(self) -> str:
        """What it is called in a path, where a name may have slashes."""
        return secret_id(self.name)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the applied estate lets credentials refer to, and who operates. `rings`: those that take API keys.
    `authorization` None: there is no authorization server. `by_path`: APIs whose requests all name their version.
    """

    organization: str
    environment: str
    trust_domain: str
    rings: tuple[str, ...]
    plans: tuple[str, ...]
    partners: tuple[str, ...]
    versions: dict[str, tuple[str, ...]]
    people: PeopleIntent = field(default=PeopleIntent())
    authorization: AuthorizationTerms | None = None
    by_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """One applied state. `content` and `manifest` are content hashes; `note` says where it came from."""

    number: int
    created_at: datetime
    content: str
    manifest: str
    note: str
    agreed: Agreed

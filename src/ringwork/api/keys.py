"""`/keys`: API keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.changed import Foreseen
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Plane, Serving
from ringwork.api.refusals import NO_LIFETIME, NOTHING_APPLIED, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Environment, Handle, KeyId, Lifetime, Name, Order, Ring, Title
from ringwork.control import keys, views
from ringwork.control.durations import lifetime
from ringwork.control.keys import KeyRequest
from ringwork.control.model import Credential, Restrictions

# `orders:v1`.
_Version = Annotated[str, Field(min_length=1, max_length=255)]
_Network = Annotated[str, Field(min_length=1, max_length=49, examples=["192.0.2.0/24"])]
_Apis = Annotated[list[Name], Field(max_length=255)]
_Versions = Annotated[list[_Version], Field(max_length=255)]
_Networks = Annotated[list[_Network], Field(max_length=255)]
_Scope = Annotated[str, Field(min_length=1, max_length=255, examples=["orders:read"])]
_Scopes = Annotated[list[_Scope], Field(max_length=255)]


class KeyOrder(Order):
    """`consumer` and `application` are names: what is not there is made. `ring` may be left to a partner's key. `plan`:
    left out, it is the application's. `expires`: left out, it does not. `apis`, `versions` (`orders:v1`),
    `networks` (CIDRs) and `scopes` restrict it; an empty list restricts nothing.
    """

    ring: Ring | None = None
    consumer: Title | None = None
    application: Title = "default"
    plan: Name | None = None
    partner: Name | None = None
    expires: Lifetime | None = None
    apis: _Apis = Field(default=[])
    versions: _Versions = Field(default=[])
    networks: _Networks = Field(default=[])
    scopes: _Scopes = Field(default=[])

    def as_request(self) -> KeyRequest:
        """Raises Refused when the lifetime cannot be read."""
        return KeyRequest(
            ring=self.ring,
            consumer=self.consumer,
            application=self.application,
            plan=self.plan,
            partner=self.partner,
            lifetime=None if self.expires is None else lifetime(self.expires),
            restrictions=Restrictions(
                tuple(self.apis), tuple(self.versions), tuple(self.networks), tuple(self.scopes)
            ),
        )


class Key(Answer):
    """An API key, without the key. `suspended`: its application or the account of that is. `status`: `expires-soon` is
    within 14 days. `used_at`: last, to the minute, some seconds later; neither of these two is in the ETag.
    """

    untagged: ClassVar[frozenset[str]] = frozenset({"status", "used_at"})

    id: KeyId
    ring: Ring
    environment: Environment
    consumer: Title
    application: Title
    application_id: Handle
    plan: Name | None
    partner: Name | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    suspended: bool
    status: Literal["active", "expires-soon", "expired", "suspended", "revoked"]
    used_at: datetime | None
    apis: _Apis
    versions: _Versions
    networks: _Networks
    scopes: _Scopes

    @classmethod
    def of(cls, credential: Credential, now: datetime) -> Key:
        return cls.model_validate(views.key(credential, now))


class Rotation(Order):
    """`overlap`: how long the key before works still; null: no longer."""

    overlap: Lifetime | None = "7d"


class CreatedKey(Key):
    """`key` is shown here and never again."""

    key: Annotated[str, Field(pattern="^rw_", max_length=128)]


class Candidate(Order):
    """What may be a key, such as a scanner found."""

    key: Annotated[str, Field(max_length=1_024)]


class Verified(Answer):
    """`ours`: this very key is on record here. `state`: `no-key` has not the form or the checksum of one,
    `another-environment` and `unknown` have it and are not on record. `id` and `environment` are as the text says.
    """

    ours: bool
    state: Literal["active", "revoked", "expired", "suspended", "another-environment", "unknown", "no-key"]
    id: KeyId | None
    environment: Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$", max_length=32)] | None


class KeyPage(Answer):
    """By id."""

    keys: Annotated[list[Key], Field(max_length=LONGEST_PAGE)]
    next: Next


_REFUSED = (
    "api-unknown",
    "application-malformed",
    "consumer-malformed",
    "consumer-mismatch",
    "consumer-missing",
    "network-malformed",
    "partner-missing",
    "partner-unknown",
    "plan-mismatch",
    "plan-unknown",
    "ring-mismatch",
    "ring-missing",
    "ring-without-keys",
    "scope-malformed",
    "version-unknown",
)
_SUSPENDED = {409: ("account-suspended", "application-suspended")}
_OVER = {409: ("key-over",)}
_UNKNOWN = {404: ("key-unknown",)}
_Id = Annotated[KeyId, Path()]

routes = Routes("keys", prefix="/keys")


@routes.get("", summary="List keys", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_keys(plane: Serving, reading: Reading, paging: Paged) -> KeyPage:
    shown, following = paging.listed(plane.keys.list, position=lambda key: key.id)
    now = plane.keys.now()
    return reading.read(KeyPage(keys=[Key.of(each, now) for each in shown], next=following))


@routes.get("/{key_id}", summary="Show a key", responses=refusals(_UNKNOWN) | READ)
def show_key(plane: Serving, reading: Reading, key_id: _Id) -> Key:
    """Revoked ones, too."""
    return reading.read(Key.of(plane.keys.demand(key_id), plane.keys.now()))


@routes.post(
    "",
    status_code=201,
    summary="Make a key",
    response_model=CreatedKey,
    responses=refusals({400: _REFUSED}, NO_LIFETIME, NOTHING_APPLIED, _SUSPENDED, ONCE) | created(ETAG),
    dependencies=[named],
)
def create_key(plane: Serving, order: KeyOrder) -> Response:
    """The key is known to the gateway when this is answered, and shown this once; again only to who sends the same
    request with the same `Idempotency-Key`.
    """
    prepared, foreseen = plane.keys.prepare(order.as_request()), _foreseen(plane)
    kept = plane.keys.keep(prepared, lambda stored: foreseen.tell(replace(prepared, credential=stored)))
    return foreseen.response(replace(prepared, credential=kept))


@routes.post(
    "/{key_id}/rotate",
    status_code=201,
    summary="Rotate a key",
    response_model=CreatedKey,
    responses=refusals(_UNKNOWN, NO_LIFETIME, _OVER, NOTHING_APPLIED, CHANGED_MEANWHILE, ONCE)
    | created(ETAG),
    dependencies=[named],
)
def rotate_key(plane: Serving, changing: Changing, key_id: _Id, order: Rotation) -> Response:
    """A key of the same application, plan and restrictions, which lives as long from now on, takes its place; it is
    shown this once. The one before works for the overlap still, and no longer than it would have.
    """
    overlap, foreseen = None if order.overlap is None else lifetime(order.overlap), _foreseen(plane)
    now = plane.keys.now()
    rotated = plane.keys.rotate(
        key_id, overlap, lambda found: changing.demand(Key.of(found, now)), foreseen.tell
    )
    return foreseen.response(rotated)


def _foreseen(plane: Plane) -> Foreseen[keys.CreatedKey]:
    """Of a key that is made now."""
    now = plane.keys.now()
    return Foreseen(
        lambda made: CreatedKey.model_validate(views.created_key(made, now)),
        tagged=lambda made: Key.of(made.credential, now),
        location=lambda made: f"/keys/{made.credential.id}",
    )


@routes.post(
    "/verify", summary="Tell whether a text is a key", responses=refusals(ONCE), dependencies=[named]
)
def verify_key(plane: Serving, candidate: Candidate) -> Verified:
    """For scanners that found one; it is never said again. Sent again with the same `Idempotency-Key`, it is answered
    as it was: leave it out to hear how the key stands now.
    """
    return Verified.model_validate(views.recognised(plane.keys.recognise(candidate.key)))


@routes.delete("/{key_id}", summary="Revoke a key", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED)
def revoke_key(plane: Serving, changing: Changing, key_id: _Id) -> Key:
    """Gateways refuse it from now on. It stays on record, with the time; again is no error."""
    now = plane.keys.now()
    ended = plane.keys.revoke(key_id, lambda found: changing.demand(Key.of(found, now)))
    return changing.changed(Key.of(ended, now))

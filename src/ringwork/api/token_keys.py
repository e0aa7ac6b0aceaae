"""`/token-keys`: keys that sign access tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ringwork.api.conditions import CHANGED_MEANWHILE, READ, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Lifetime, Order
from ringwork.control.durations import lifetime
from ringwork.control.oauth import model


class TokenKeyRotation(Order):
    """`lead`: from when the key signs, so that every gateway knows it by then; null: it signs now, and those before are
    withdrawn with all tokens they signed.
    """

    lead: Lifetime | None = "1h"


class TokenKey(Answer):
    """For ES256. It signs from `signs_at` until a newer one does, and is published until `ends_at`."""

    kid: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", max_length=43)]
    made_at: datetime
    signs_at: datetime
    ends_at: datetime | None

    @classmethod
    def of(cls, key: model.TokenKey) -> TokenKey:
        return cls(kid=key.kid, made_at=key.made_at, signs_at=key.signs_at, ends_at=key.ends_at)


class TokenKeys(Answer):
    """Those that are published, the newest first."""

    keys: Annotated[list[TokenKey], Field(max_length=64)]

    @classmethod
    def of(cls, keys: list[model.TokenKey]) -> TokenKeys:
        return cls(keys=[TokenKey.of(key) for key in keys])


routes = Routes("token-keys", prefix="/token-keys")


@routes.get("", summary="List keys that sign access tokens", responses=refusals() | READ)
def list_token_keys(plane: Serving, reading: Reading) -> TokenKeys:
    return reading.read(TokenKeys.of(plane.authorization.keys.published()))


@routes.post(
    "/rotate",
    summary="Rotate the key that signs access tokens",
    responses=refusals(NO_LIFETIME, {409: ("keys-too-many",)}, CHANGED_MEANWHILE, ONCE),
    dependencies=[named],
)
def rotate_token_key(plane: Serving, changing: Changing, order: TokenKeyRotation) -> TokenKeys:
    """By itself there is a new one every 30 days. `If-Match` expects the keys as they are shown."""
    lead = None if order.lead is None else lifetime(order.lead)
    keys = plane.authorization.keys
    return TokenKeys.of(keys.rotate(lead, lambda found: changing.demand(TokenKeys.of(found))))

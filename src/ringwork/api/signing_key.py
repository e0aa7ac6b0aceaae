"""`/signing-key`: the key manifests are signed with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ringwork.api.applied import Application
from ringwork.api.conditions import CHANGED_MEANWHILE, READ, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Hash, Lifetime, Order
from ringwork.control.durations import lifetime


class KeyRotation(Order):
    """`overlap`: how long the key before is trusted still; null: no longer."""

    overlap: Lifetime | None = "7d"


class KeyBefore(Answer):
    public_key: Hash
    trusted_until: datetime


class SigningKey(Answer):
    """Ed25519 keys, 32 bytes in hex: the one in use, and those before that gateways trust still."""

    public_key: Hash
    previous: Annotated[list[KeyBefore], Field(max_length=64)]


routes = Routes("signing-key", prefix="/signing-key")


@routes.get("", summary="Show the signing key", responses=refusals() | READ)
def show_signing_key(plane: Serving, reading: Reading) -> SigningKey:
    return reading.read(SigningKey.model_validate(plane.signing_key()))


@routes.post(
    "/rotate",
    summary="Rotate the signing key",
    responses=refusals(NO_LIFETIME, {409: ("keys-too-many", "not-proven")}, CHANGED_MEANWHILE, ONCE),
    dependencies=[named],
)
def rotate_signing_key(plane: Serving, changing: Changing, order: KeyRotation) -> Application:
    """Another key signs from now on, and what is live is signed with it, as a new revision. `If-Match` expects the
    keys as they are shown.
    """
    overlap = None if order.overlap is None else lifetime(order.overlap)
    rotated = plane.rotate_signing_key(
        overlap, lambda found: changing.demand(SigningKey.model_validate(found))
    )
    return Application.model_validate(rotated)

"""`/identities`: certificates and tokens of services."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import HTTPException, Path, Response
from pydantic import Field

from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading, tag_of
from ringwork.api.once import ONCE, fixed, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Plane, Serving
from ringwork.api.refusals import NO_LIFETIME, NOTHING_APPLIED, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Lifetime, Order, Pem, SpiffeId
from ringwork.control import views
from ringwork.control.durations import lifetime
from ringwork.control.identities import LONGEST_SVID_LIFETIME
from ringwork.control.model import IssuedIdentity
from ringwork.control.tokens import MAX_LIFETIME

_Service = Annotated[str, Field(min_length=1, max_length=512, examples=["orders"])]
_Handle = Annotated[str, Field(pattern="^[0-9a-f]{1,64}$", max_length=64)]
# Serials as openssl prints them, too: `0A:1B` is `a1b`.
_GivenHandle = Annotated[str, Path(pattern="^[0-9A-Fa-f:]{1,64}$", max_length=64)]


class CertificateOrder(Order):
    """`service`: its name, or its SPIFFE id. `expires`: at most 30 days."""

    service: _Service
    expires: Lifetime = "24h"


class TokenOrder(Order):
    """`service`: its name, or its SPIFFE id. `expires`: at most a day."""

    service: _Service
    expires: Lifetime = "1h"


class Identity(Answer):
    """A certificate or token that was issued. `handle`: its serial number (hex) or `jti`."""

    handle: _Handle
    kind: Literal["certificate", "token"]
    spiffe_id: SpiffeId
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, issued: IssuedIdentity) -> Identity:
        return cls.model_validate(views.identity(issued))


class IssuedCertificate(Identity):
    """The private key is shown here and never again. `ca_pem`: what to verify the internal ring with."""

    certificate_pem: Pem
    key_pem: Pem
    ca_pem: Pem


class IssuedToken(Answer):
    """The token is shown here and never again."""

    handle: _Handle
    expires_at: datetime
    token: Annotated[str, Field(pattern=r"^[\w-]+\.[\w-]+\.[\w-]+$", max_length=8192)]


class IdentityPage(Answer):
    """By handle."""

    identities: Annotated[list[Identity], Field(max_length=LONGEST_PAGE)]
    next: Next


_ISSUING = refusals({400: ("service-malformed",)}, NO_LIFETIME, NOTHING_APPLIED, ONCE) | created(ETAG)
_UNKNOWN = {404: ("identity-unknown",)}

routes = Routes("identities", prefix="/identities")


@routes.get("", summary="List what was issued", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_identities(plane: Serving, reading: Reading, paging: Paged) -> IdentityPage:
    shown, following = paging.listed(plane.identities.list, position=lambda issued: issued.handle)
    return reading.read(IdentityPage(identities=[Identity.of(each) for each in shown], next=following))


@routes.api_route("/certificates", methods=["GET", "DELETE"], include_in_schema=False)
@routes.api_route("/tokens", methods=["GET", "DELETE"], include_in_schema=False)
def only_issued() -> None:
    """Before handles are looked for, which these are not (OpenAPI 3.1 §4.8.8: what is written out comes first)."""
    raise HTTPException(405)


@routes.get("/{handle}", summary="Show a certificate or token", responses=refusals(_UNKNOWN) | READ)
def show_identity(plane: Serving, reading: Reading, handle: _GivenHandle) -> Identity:
    """That it was issued, and to whom; not the thing itself."""
    return reading.read(Identity.of(plane.identities.demand(handle)))


@routes.post(
    "/certificates",
    status_code=201,
    summary="Issue a certificate",
    response_model=IssuedCertificate,
    responses=_ISSUING,
    dependencies=[named],
)
def issue_certificate(plane: Serving, order: CertificateOrder) -> Response:
    """An X.509-SVID with its private key, which is shown this once; again only to who sends the same request with the
    same `Idempotency-Key`.
    """
    given = lifetime(order.expires, longest=LONGEST_SVID_LIFETIME)
    prepared = plane.identities.prepare_certificate(order.service, given)
    shown = IssuedCertificate.model_validate(views.svid(prepared))
    return _issued(plane, prepared.record, shown)


@routes.post(
    "/tokens",
    status_code=201,
    summary="Issue a token",
    response_model=IssuedToken,
    responses=_ISSUING,
    dependencies=[named],
)
def issue_token(plane: Serving, order: TokenOrder) -> Response:
    """A service token, which is shown this once; again only to who sends the same request with the same
    `Idempotency-Key`.
    """
    given = lifetime(order.expires, longest=MAX_LIFETIME)
    prepared = plane.identities.prepare_token(order.service, given)
    return _issued(plane, prepared.record, IssuedToken.model_validate(views.token(prepared.token)))


def _issued(plane: Plane, record: IssuedIdentity, shown: Answer) -> Response:
    tag = tag_of(Identity.of(record))
    answer = fixed(201, shown, location=f"/identities/{record.handle}", etag=tag)
    plane.identities.keep(record)
    return answer


@routes.delete(
    "/{handle}",
    summary="Revoke a certificate or token",
    responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED,
)
def revoke_identity(plane: Serving, changing: Changing, handle: _GivenHandle) -> Identity:
    """Gateways refuse it from now on. It stays on record until it would have ended; again is no error."""
    ended = plane.identities.revoke(handle, lambda found: changing.demand(Identity.of(found)))
    return changing.changed(Identity.of(ended))

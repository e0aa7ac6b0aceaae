"""`/clients`: OAuth clients, what of an application's gets access tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import Path, Response
from pydantic import Field

from ringwork.api.changed import Foreseen, changed
from ringwork.api.conditions import CHANGED_MEANWHILE, ETAG, READ, TAGGED, Changing, Reading
from ringwork.api.once import ONCE, named
from ringwork.api.pages import CURSOR_UNKNOWN, LONGEST_PAGE, Next, Paged, paged
from ringwork.api.plane import Serving
from ringwork.api.refusals import NO_LIFETIME, NOTHING_APPLIED, created, refusals
from ringwork.api.routes import Routes
from ringwork.api.words import Answer, Handle, KeyId, Lifetime, Name, Order, Ring, Title
from ringwork.control.durations import lifetime
from ringwork.control.oauth import certificates, clients, model, registration
from ringwork.control.oauth.users import redirecting

_Scope = Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$", max_length=255)]
_Scopes = Annotated[list[_Scope], Field(max_length=255)]
_RedirectUris = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=300)]],
    Field(max_length=redirecting.MOST_OF_A_CLIENT),
]
_Pem = Annotated[str, Field(min_length=1, max_length=16 * 1024)]
# Base64url; an RSA key of 8,192 bits has 1,366 characters.
_Number = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", max_length=2_048)]


class PublicKey(Order):
    """A JWK (RFC 7517) without a private half: RSA has `n` and `e`, EC `crv`, `x` and `y`, OKP `crv` and `x`."""

    kty: Literal["EC", "OKP", "RSA"]
    kid: Annotated[str, Field(min_length=1, max_length=255)]
    alg: Literal["EdDSA", "ES256", "ES384", "PS256", "RS256"] | None = None
    use: Literal["sig"] | None = None
    crv: Literal["P-256", "P-384", "Ed25519"] | None = None
    x: _Number | None = None
    y: _Number | None = None
    n: _Number | None = None
    e: _Number | None = None


class KeySet(Order):
    """Public keys, one of which signs for the client."""

    keys: Annotated[list[PublicKey], Field(min_length=1, max_length=10)]


class ClientOrder(Order):
    """`application` is an id. The client proves itself by one of its keys (`jwks`: `private_key_jwt`, RFC 7523), by its
    `certificate` (PEM: `self_signed_tls_client_auth`, RFC 8705), by nothing where it is `public`, or else by a secret
    that is made for it. `certificate_bound`: its tokens open nothing but with the certificate it got them with; so they
    do anyhow where it proves itself by one. `scopes`: those of its agreement it may have; left out, every one.
    `redirect_uris`: where its users come back to; left out, it acts for itself.
    """

    application: Handle
    jwks: KeySet | None = None
    scopes: _Scopes = Field(default_factory=list)
    redirect_uris: _RedirectUris = Field(default_factory=list)
    public: bool = False
    certificate: _Pem | None = None
    certificate_bound: bool = False


class CertificateRotation(Order):
    """`certificate`: the client's next one, PEM. `overlap`: how long the one before works still; null: no longer."""

    certificate: _Pem
    overlap: Lifetime | None = "7d"


class SecretRotation(Order):
    """`overlap`: how long the secret before works still; null: no longer."""

    overlap: Lifetime | None = "7d"


class ClientCertificate(Answer):
    """`thumbprint`: SHA-256 of the DER, base64url (`x5t#S256`). `ends_at`: as it says itself; it is not taken then."""

    thumbprint: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", max_length=43)]
    subject: Annotated[str, Field(max_length=200)]
    ends_at: datetime

    @classmethod
    def of(cls, certificate: certificates.Certificate) -> ClientCertificate:
        return cls(
            thumbprint=certificate.thumbprint, subject=certificate.subject, ends_at=certificate.ends_at
        )


class Client(Answer):
    """`id` is the `client_id`. `suspended`: its application or account is. `used_at`: last, by a call with a token."""

    id: KeyId
    ring: Ring
    consumer: Title
    application: Title
    application_id: Handle
    plan: Name | None
    partner: Name | None
    authentication: Literal["client_secret", "private_key_jwt", "self_signed_tls_client_auth", "none"]
    certificate: ClientCertificate | None
    certificate_bound: bool
    scopes: _Scopes
    redirect_uris: _RedirectUris
    created_at: datetime
    previous_secret_until: datetime | None
    previous_certificate_until: datetime | None
    revoked_at: datetime | None
    suspended: bool
    used_at: datetime | None

    untagged = frozenset({"used_at"})

    @classmethod
    def of(cls, client: model.Client) -> Client:
        credential, certificate = client.credential, client.certificate
        return cls(
            id=client.id,
            ring=cast(Ring, credential.ring),
            consumer=credential.consumer,
            application=credential.application,
            application_id=credential.application_id,
            plan=credential.plan,
            partner=credential.partner,
            authentication=client.authentication,
            certificate=None if certificate is None else ClientCertificate.of(certificate),
            certificate_bound=client.certificate_bound,
            scopes=list(credential.restrictions.scopes),
            redirect_uris=list(client.redirect_uris),
            created_at=credential.created_at,
            previous_secret_until=client.previous_until if certificate is None else None,
            previous_certificate_until=None if certificate is None else client.previous_until,
            revoked_at=credential.revoked_at,
            suspended=credential.suspended,
            used_at=credential.used_at,
        )


class CreatedClient(Client):
    """`secret` is shown here and never again; null: the client has a key or a certificate of its own, or
    is public.
    """

    secret: Annotated[str, Field(pattern="^rwc_", max_length=64)] | None

    @classmethod
    def made(cls, made: clients.MadeClient) -> CreatedClient:
        return cls(**Client.of(made.client).model_dump(), secret=made.secret)


class ClientPage(Answer):
    """By id."""

    clients: Annotated[list[Client], Field(max_length=LONGEST_PAGE)]
    next: Next


_UNKNOWN = {404: ("client-unknown",)}
_UNUSABLE = {400: ("client-certificate-unusable",)}
_MAKING = {
    400: (
        *_UNUSABLE[400],
        "client-keys-unusable",
        "client-proofs",
        "client-public",
        "partner-unknown",
        "redirect-unusable",
        "scope-malformed",
    ),
    404: ("application-unknown",),
    409: (
        "account-suspended",
        "application-suspended",
        "authorization-server-missing",
        "client-certificates-missing",
        "clients-too-many",
        "users-missing",
        *NOTHING_APPLIED[409],
    ),
}
_OVER = {409: ("client-over", "client-without-secret")}
_NO_CERTIFICATE = {409: ("client-over", "client-without-certificate")}
_Id = Annotated[KeyId, Path()]

routes = Routes("clients", prefix="/clients")


@routes.get("", summary="List clients", responses=refusals(CURSOR_UNKNOWN) | paged(READ))
def list_clients(plane: Serving, reading: Reading, paging: Paged) -> ClientPage:
    shown, following = paging.listed(plane.authorization.clients.list, position=lambda client: client.id)
    return reading.read(ClientPage(clients=[Client.of(each) for each in shown], next=following))


@routes.get("/{client_id}", summary="Show a client", responses=refusals(_UNKNOWN) | READ)
def show_client(plane: Serving, reading: Reading, client_id: _Id) -> Client:
    """Revoked ones, too."""
    return reading.read(Client.of(plane.authorization.clients.demand(client_id)))


@routes.post(
    "",
    status_code=201,
    summary="Make a client",
    response_model=CreatedClient,
    responses=refusals(_MAKING, ONCE) | created(ETAG),
    dependencies=[named],
)
def create_client(plane: Serving, order: ClientOrder) -> Response:
    """A partner's gets tokens for the partner ring, a developer's for the public ring. Its secret is shown this once;
    again only to who sends the same request with the same `Idempotency-Key`.
    """
    foreseen = _foreseen(location=True)
    jwks = None if order.jwks is None else order.jwks.model_dump(exclude_none=True)
    request = registration.ClientRequest(
        order.application,
        jwks,
        tuple(order.scopes),
        tuple(order.redirect_uris),
        order.public,
        order.certificate,
        order.certificate_bound,
    )
    return foreseen.response(plane.authorization.clients.create(request, foreseen.tell))


@routes.post(
    "/{client_id}/rotate-secret",
    summary="Rotate the secret of a client",
    response_model=CreatedClient,
    responses=refusals(_UNKNOWN, NO_LIFETIME, _OVER, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def rotate_client_secret(
    plane: Serving, changing: Changing, client_id: _Id, order: SecretRotation
) -> Response:
    """Another secret, shown this once; the one before works for the overlap still. Tokens stay as they are."""
    overlap, foreseen = None if order.overlap is None else lifetime(order.overlap), _foreseen()
    rotated = plane.authorization.clients.rotate_secret(
        client_id, overlap, lambda found: changing.demand(Client.of(found)), foreseen.tell
    )
    return foreseen.response(rotated)


@routes.post(
    "/{client_id}/rotate-certificate",
    summary="Rotate the certificate of a client",
    response_model=Client,
    responses=refusals(_UNKNOWN, NO_LIFETIME, _UNUSABLE, _NO_CERTIFICATE, CHANGED_MEANWHILE, ONCE) | TAGGED,
    dependencies=[named],
)
def rotate_client_certificate(
    plane: Serving, changing: Changing, client_id: _Id, order: CertificateRotation
) -> Response:
    """Another certificate; the one before works for the overlap still. Tokens stay as they are, bound to the one they
    came with. With the certificate it has already, only the overlap is another.
    """
    overlap = None if order.overlap is None else lifetime(order.overlap)
    rotate = plane.authorization.clients.rotate_certificate
    return changed(
        changing,
        Client.of,
        lambda demand, tell: rotate(client_id, order.certificate, overlap, demand, tell),
    )


@routes.delete(
    "/{client_id}", summary="Revoke a client", responses=refusals(_UNKNOWN, CHANGED_MEANWHILE) | TAGGED
)
def revoke_client(plane: Serving, changing: Changing, client_id: _Id) -> Client:
    """Gateways refuse its tokens from now on, and it gets no more. It stays on record; again is no error."""
    ended = plane.authorization.clients.revoke(client_id, lambda found: changing.demand(Client.of(found)))
    return changing.changed(Client.of(ended))


def _foreseen(*, location: bool = False) -> Foreseen[clients.MadeClient]:
    return Foreseen(
        CreatedClient.made,
        tagged=lambda made: Client.of(made.client),
        location=(lambda made: f"/clients/{made.client.id}") if location else None,
    )

"""OAuth clients: what of an application's gets access tokens. They are credentials beside its keys, so that whatever
becomes of the application becomes of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ringwork.control.consumers.applications import Applications, demand_working
from ringwork.control.consumers.model import PARTNER, Application
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.keys import check_scopes
from ringwork.control.model import CLIENT, Agreed, Credential, Restrictions
from ringwork.control.node import NodeIdentity
from ringwork.control.oauth.certificates import Certificate, registered
from ringwork.control.oauth.model import BY_CERTIFICATE, Client
from ringwork.control.oauth.ports import ClientRecords
from ringwork.control.oauth.registration import ClientRequest, check, public_keys
from ringwork.control.people.tokens import hashed, minted
from ringwork.control.ports import KeyMint
from ringwork.intent.authorization import AuthorizationIntent
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

SECRET = "rwc_"
# One for each place an application runs at, and then some.
MOST_OF_AN_APPLICATION = 100
_PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class MadeClient:
    """`secret` is shown once and kept nowhere; None: it has a key or a certificate of its own, or is public."""

    client: Client
    secret: str | None = field(repr=False)


class Clients:
    """`agreed` gives what the applied estate says; it raises Refused when nothing is applied. What changes is known to
    the gateway when the method returns.
    """

    def __init__(
        self,
        records: ClientRecords,
        applications: Applications,
        node: NodeIdentity,
        *,
        agreed: Callable[[], Agreed],
        mint: KeyMint,
        clock: Clock,
    ) -> None:
        self._records = records
        self._applications = applications
        self._node = node
        self._agreed = agreed
        self._mint = mint
        self._clock = clock

    def create(self, request: ClientRequest, foretold: Foretold[MadeClient] = nothing_foretold) -> MadeClient:
        """Raises Refused: no authorization server, no such application or one that is suspended, keys or a certificate
        that are none, addresses nobody may be sent to.
        """
        agreed = self._agreed()
        application = self._applications.demand(request.application)
        credential = self._credential(application, agreed, request.scopes)
        if self._records.count(application.id) >= MOST_OF_AN_APPLICATION:
            message = f"{application.name} has {MOST_OF_AN_APPLICATION} clients"
            raise Refused("clients-too-many", message, "Revoke those nobody uses.", status=409)
        check(request, agreed.authorization, credential.ring)
        secret = minted(SECRET).text if request.has_secret else None
        client = Client(
            credential,
            request.authentication,
            secret_sha256=None if secret is None else hashed(secret),
            jwks=None if request.jwks is None else public_keys(request.jwks),
            redirect_uris=tuple(dict.fromkeys(request.redirect_uris)),
            certificate=None if request.certificate is None else registered(request.certificate, self.now()),
            certificate_bound=request.certificate_bound or request.certificate is not None,
        )
        kept = self._records.add(client, demand_working, lambda made: foretold(MadeClient(made, secret)))
        self._node.bring_up_to_date()
        return MadeClient(kept, secret)

    def rotate_secret(
        self,
        client_id: str,
        overlap: timedelta | None,
        demand: Demand[Client] = nothing_demanded,
        foretold: Foretold[MadeClient] = nothing_foretold,
    ) -> MadeClient:
        """Another secret; the one before works for `overlap` still; None: no longer. Raises Refused."""
        secret, now = minted(SECRET).text, self.now()

        def turn(found: Client) -> Client:
            demand(found)
            _demand_secret(found)
            turned = _with_secret(found, hashed(secret), None if overlap is None else now + overlap)
            foretold(MadeClient(turned, secret))
            return turned

        return MadeClient(self._changed("rotate-secret", client_id, turn), secret)

    def rotate_certificate(
        self,
        client_id: str,
        pem: str,
        overlap: timedelta | None,
        demand: Demand[Client] = nothing_demanded,
        foretold: Foretold[Client] = nothing_foretold,
    ) -> Client:
        """Another certificate; the one before works for `overlap` still; None: no longer. Raises Refused."""
        now = self.now()
        certificate = registered(pem, now)

        def turn(found: Client) -> Client:
            demand(found)
            _demand_certificate(found)
            turned = _with_certificate(found, certificate, None if overlap is None else now + overlap)
            foretold(turned)
            return turned

        return self._changed("rotate-certificate", client_id, turn)

    def revoke(self, client_id: str, demand: Demand[Client] = nothing_demanded) -> Client:
        """Ends it, and all its tokens. Again is no error. Raises Refused when there is none."""
        now = self.now()

        def turn(found: Client) -> Client:
            demand(found)
            ended = found.credential.revoked_at or now
            return replace(found, credential=replace(found.credential, revoked_at=ended))

        return self._changed("revoke", client_id, turn)

    def list(self, *, limit: int, after: str = "") -> list[Client]:
        return self._records.all(limit=limit, after=after)

    def find(self, client_id: str) -> Client | None:
        return self._records.find(client_id)

    def demand(self, client_id: str) -> Client:
        """Raises Refused when there is none."""
        found = self._records.find(client_id)
        if found is None:
            raise _unknown(client_id)
        return found

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _changed(self, verb: str, client_id: str, turn: Callable[[Client], Client]) -> Client:
        changed = self._records.change(verb, client_id, self.now(), turn)
        if changed is None:
            raise _unknown(client_id)
        self._node.bring_up_to_date()
        return changed

    def _credential(self, application: Application, agreed: Agreed, scopes: tuple[str, ...]) -> Credential:
        """Its hash is of chance: no text is a key of it."""
        server = None if agreed.authorization is None else agreed.authorization.server
        account, is_partner = application.account, application.account.kind == PARTNER
        ring = _demand_ring(server, PARTNER if is_partner else _PUBLIC)
        if is_partner and account.name not in agreed.partners:
            message = f'the applied estate has no partner "{account.name}"'
            raise Refused("partner-unknown", message, "Bring it back, or take another application.")
        check_scopes(scopes)
        return Credential(
            id=self._mint(agreed.environment).id,
            sha256=content_hash(secrets.token_bytes(32)),
            environment=agreed.environment,
            ring=ring,
            consumer=account.name,
            application=application.name,
            created_at=self.now(),
            plan=application.plan,
            partner=account.name if is_partner else None,
            restrictions=Restrictions(scopes=tuple(sorted({*scopes}))),
            application_id=application.id,
            kind=CLIENT,
        )


def _demand_ring(server: AuthorizationIntent | None, ring: str) -> str:
    if server is None or ring not in server.rings:
        message = f"no authorization server gives tokens for the {ring} ring"
        help = f"Write `authorization_server` in ringwork.yaml, with {ring} among its rings, and apply the estate."
        raise Refused("authorization-server-missing", message, help, status=409)
    return ring


def _demand_secret(client: Client) -> None:
    if client.authentication != "client_secret":
        message, help = (
            f"client {client.id} has no secret",
            "Make another client for another key, or a secret.",
        )
        raise Refused("client-without-secret", message, help, status=409)
    _demand_standing(client)


def _demand_certificate(client: Client) -> None:
    if client.authentication != BY_CERTIFICATE:
        message = f"client {client.id} does not prove itself by a certificate"
        raise Refused("client-without-certificate", message, "Make another client for it.", status=409)
    _demand_standing(client)


def _demand_standing(client: Client) -> None:
    if client.credential.revoked_at is not None:
        raise Refused("client-over", f"client {client.id} is revoked", "Make another one.", status=409)


def _with_secret(client: Client, sha256: str, until: datetime | None) -> Client:
    before = None if until is None else client.secret_sha256
    return replace(client, secret_sha256=sha256, previous_sha256=before, previous_until=until)


def _with_certificate(client: Client, certificate: Certificate, until: datetime | None) -> Client:
    """The same once more leaves the one before what it is: asked twice, done once."""
    is_same = client.certificate == certificate
    before = client.previous_certificate if is_same else client.certificate
    if until is None or before is None:
        before, until = None, None
    return replace(client, certificate=certificate, previous_certificate=before, previous_until=until)


def _unknown(client_id: str) -> Refused:
    help = "`ringwork client list` shows them."
    return Refused("client-unknown", f"there is no client {client_id}", help, status=404)

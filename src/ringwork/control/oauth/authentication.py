"""Which client asks (RFC 6749 §2.3): by its secret, its certificate, or what it signed. Whoever fails hears no more."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ringwork.control.oauth.assertions import TYPE, Assertion, Unproven, client_in, verified
from ringwork.control.oauth.certificates import Certificate, Fields
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import BY_CERTIFICATE, Client
from ringwork.control.oauth.ports import AssertionRecords, ClientRecords
from ringwork.control.people.tokens import hashed
from ringwork.intent.authorization import AuthorizationIntent
from ringwork.kernel.clock import Clock

# What is not like that is nobody's, and not looked for. A secret has 47 characters.
_ID = re.compile(r"[0-9A-Za-z]{1,12}")
_LONGEST_SECRET = 128
# No hash in hex is like that: who does not exist is compared, too.
_IMPOSSIBLE = "-" * 64


def _no_fields(name: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request says of its client. `assertion_type` with `assertion`: RFC 7521 §4.2. `fields`: a certificate may
    be in one of them.
    """

    client_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)
    assertion_type: str | None = None
    fields: Fields = field(default=_no_fields, repr=False)


class ClientAuthentication:
    def __init__(self, clients: ClientRecords, assertions: AssertionRecords, *, clock: Clock) -> None:
        self._clients = clients
        self._assertions = assertions
        self._clock = clock

    def client(
        self,
        presented: Presented,
        shown: Certificate | None,
        server: AuthorizationIntent,
        admit: Callable[[Client], None],
    ) -> Client:
        """`shown`: the certificate the request came with. `admit` is asked of who proved to be a client,
        before anything is written down; of public ones anybody can say that he is it. Raises Declined, also when
        `admit` does.
        """
        try:
            found, assertion = self._proven(presented, shown, server)
        except Unproven:
            raise _nobody() from None
        if found is None or not found.works or found.credential.ring not in server.rings:
            raise _nobody()
        if not found.is_public:
            admit(found)
        if assertion is not None and not self._assertions.use(assertion.name, assertion.expires_at):
            raise _nobody()
        return found

    def _proven(
        self, presented: Presented, shown: Certificate | None, server: AuthorizationIntent
    ) -> tuple[Client | None, Assertion | None]:
        """Raises Unproven, and Declined for what is no proof at all."""
        if presented.assertion is None and presented.assertion_type is None:
            return self._by_secret(presented, shown), None
        if presented.assertion_type != TYPE or presented.assertion is None:
            raise Declined("invalid_request", f"client_assertion_type has to be {TYPE}")
        return self._by_assertion(presented.assertion, presented.client_id, server)

    def _by_secret(self, presented: Presented, shown: Certificate | None) -> Client | None:
        """Or by its name alone, where it is public (RFC 6749 §2.1) or shows a certificate (RFC 8705 §2)."""
        secret = presented.secret or ""
        if len(secret) > _LONGEST_SECRET:
            return None
        client = self._named(presented.client_id or "")
        now = self._clock()
        if client is not None and client.is_public:
            return client if presented.secret is None else None
        if client is not None and client.authentication == BY_CERTIFICATE:
            known = presented.secret is None and _is_known(shown, client, now)
            return client if known else None
        given = hashed(secret)
        matches = [hmac.compare_digest(known, given) for known in _secrets_of(client, now)]
        return client if any(matches) else None

    def _by_assertion(
        self, text: str, stated: str | None, server: AuthorizationIntent
    ) -> tuple[Client | None, Assertion | None]:
        """Raises Unproven."""
        client_id = client_in(text)
        client = self._named(client_id)
        if client is None or client.jwks is None or stated not in (None, client_id):
            return None, None
        # RFC 7523 has the token endpoint, its update (draft-ietf-oauth-rfc7523bis) the issuer.
        audiences = (server.issuer, *server.token_endpoints)
        return client, verified(
            text, client.jwks, client_id=client_id, audiences=audiences, now=self._clock()
        )

    def _named(self, client_id: str) -> Client | None:
        return self._clients.find(client_id) if _ID.fullmatch(client_id) else None


def _nobody() -> Declined:
    """Whoever it is hears the same."""
    return Declined("invalid_client", "the client is not known, or did not prove itself")


def _is_known(shown: Certificate | None, client: Client, now: datetime) -> bool:
    """RFC 8705 §2.2: the one it was registered with."""
    if shown is None or not shown.holds_at(now):
        return False
    until = client.previous_until
    before = client.previous_certificate if until is not None and now < until else None
    return shown.thumbprint in {each.thumbprint for each in (client.certificate, before) if each is not None}


def _secrets_of(client: Client | None, now: datetime) -> tuple[str, str]:
    """Hashes that are compared, two for whomever."""
    if client is None:
        return _IMPOSSIBLE, _IMPOSSIBLE
    until = client.previous_until
    before = client.previous_sha256 if until is not None and now < until else None
    return client.secret_sha256 or _IMPOSSIBLE, before or _IMPOSSIBLE

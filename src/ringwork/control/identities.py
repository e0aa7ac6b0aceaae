"""Identities of services: X.509-SVIDs and service tokens, issued and revoked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ringwork.control.changes import CERTIFICATE, TOKEN
from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.model import Agreed, IssuedIdentity
from ringwork.control.node import NodeIdentity
from ringwork.control.ports import IdentityRecords
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.authority import Authority
    from ringwork.control.tokens import ServiceToken, TokenIssuer

SVID_LIFETIME = timedelta(hours=24)
LONGEST_SVID_LIFETIME = timedelta(days=30)
TOKEN_LIFETIME = timedelta(hours=1)
# What has ended is remembered for longer: where the system's time is turned back it is in force again, and what was
# revoked must not be.
_REMEMBERED = LONGEST_SVID_LIFETIME

# A path segment of a SPIFFE id (SPIFFE-ID §2.2); one segment, because the consumer is named after it.
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class IssuedSvid:
    """A certificate with its key and the CAs to verify the internal ring with, PEM. The key is kept nowhere."""

    record: IssuedIdentity
    certificate_pem: bytes
    key_pem: bytes = field(repr=False)
    ca_pem: bytes = b""


@dataclass(frozen=True, slots=True)
class PreparedToken:
    record: IssuedIdentity
    token: ServiceToken


class Identities:
    """`agreed` gives the trust domain; it raises Refused when no estate is applied."""

    def __init__(
        self,
        records: IdentityRecords,
        node: NodeIdentity,
        *,
        agreed: Callable[[], Agreed],
        authority: Callable[[], Authority],
        tokens: Callable[[], TokenIssuer],
        clock: Clock,
    ) -> None:
        self._records = records
        self._node = node
        self._agreed = agreed
        self._authority = authority
        self._tokens = tokens
        self._clock = clock

    def issue_certificate(self, service: str, lifetime: timedelta = SVID_LIFETIME) -> IssuedSvid:
        """An X.509-SVID for `service`, on record before it is handed out. Raises Refused."""
        prepared = self.prepare_certificate(service, lifetime)
        self.keep(prepared.record)
        return prepared

    def prepare_certificate(self, service: str, lifetime: timedelta = SVID_LIFETIME) -> IssuedSvid:
        """One that must be kept on record before it is handed out. Raises Refused."""
        spiffe_id = self.spiffe_id(service)
        authority = self._authority()
        issued = authority.issue_svid(spiffe_id, lifetime)
        now = self._clock().replace(microsecond=0)
        record = IssuedIdentity(issued.serial, CERTIFICATE, spiffe_id, now, issued.expires_at)
        return IssuedSvid(record, issued.certificate_pem, issued.key_pem, authority.trusted_pem)

    def issue_token(self, service: str, lifetime: timedelta = TOKEN_LIFETIME) -> ServiceToken:
        """A service token for `service`, on record before it is handed out. Raises Refused."""
        prepared = self.prepare_token(service, lifetime)
        self.keep(prepared.record)
        return prepared.token

    def prepare_token(self, service: str, lifetime: timedelta = TOKEN_LIFETIME) -> PreparedToken:
        """One that must be kept on record before it is handed out. Raises Refused."""
        spiffe_id = self.spiffe_id(service)
        token = self._tokens().issue(spiffe_id, trust_domain=self._agreed().trust_domain, lifetime=lifetime)
        now = self._clock().replace(microsecond=0)
        record = IssuedIdentity(token.jti, TOKEN, spiffe_id, now, token.expires_at)
        return PreparedToken(record, token)

    def keep(self, record: IssuedIdentity) -> None:
        """What was prepared may be handed out when this returns."""
        self._records.add(record)

    def revoke(self, handle: str, demand: Demand[IssuedIdentity] = nothing_demanded) -> IssuedIdentity:
        """Ends a certificate (serial) or token (jti), effective when this returns. Raises Refused, also when `demand`
        does.
        """
        at = self._clock().replace(microsecond=0)
        ended = self._records.revoke(self.demand(handle), at, demand)
        if ended is None:  # forgotten a moment ago
            raise _unknown(handle)
        self._node.bring_up_to_date()
        return ended

    def demand(self, handle: str) -> IssuedIdentity:
        """The certificate (serial) or token (jti). Raises Refused when there is none."""
        found = self._records.find(handle) or self._records.find(_serial(handle))
        if found is None:
            raise _unknown(handle)
        return found

    def forget_expired(self) -> None:
        """Keeps record, change log and node from growing with what can be used by nobody any more."""
        if self._records.forget_expired(self._clock() - _REMEMBERED):
            self._node.bring_up_to_date()

    def list(self, *, limit: int = 1000, after: str = "") -> list[IssuedIdentity]:
        return self._records.all(limit=limit, after=after)

    def every(self, *, page: int) -> Iterator[IssuedIdentity]:
        """All that was issued, by handle, read `page` at a time."""
        after = ""
        while found := self._records.all(limit=page, after=after):
            yield from found
            after = found[-1].handle

    def spiffe_id(self, service: str) -> str:
        """`orders`, or a full id of this trust domain, as a SPIFFE id. Raises Refused."""
        start = f"spiffe://{self._agreed().trust_domain}/"
        name = service.removeprefix(start)
        if _SERVICE.fullmatch(name) is None:
            raise Refused(
                "service-malformed",
                f'"{service}" is no name for a service',
                f"Use letters, digits, '.', '_' and '-' ({start}orders is written orders).",
            )
        return start + name


def _unknown(handle: str) -> Refused:
    return Refused(
        "identity-unknown",
        f'no certificate or token "{handle}" was issued here',
        "`ringwork identity list` shows what was.",
        status=404,
    )


def _serial(handle: str) -> str:
    """Serials as openssl prints them: `0A:1B` is `a1b`."""
    return handle.replace(":", "").lower().lstrip("0")

"""What users allow clients: a code that is good once, then refresh tokens, each good until the next one is used.

A code or a refresh token that comes again ends all that came of it (RFC 9700 §2.1.1, §4.14.2). One exception: the
refresh token before the last is answered with the last for half a minute, so that a client that never got its answer,
or asked twice at once, is not locked out; whoever comes with it later is.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag

from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.node import NodeIdentity
from ringwork.control.oauth.binding import NOTHING, Binding
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.users.model import User, UserGrant
from ringwork.control.oauth.users.ports import UserGrantRecords
from ringwork.control.oauth.users.refresh_tokens import is_of, read, token_of
from ringwork.control.oauth.users.requests import Request
from ringwork.control.people.logins import s256
from ringwork.control.people.tokens import hashed, minted
from ringwork.control.sealing import derived_key, seal, unseal
from ringwork.intent.authorization import AuthorizationIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

CODE = "rwa_"
CODE_LIFETIME = timedelta(seconds=60)
GRACE = timedelta(seconds=30)
# Devices of one user with one client; the one he allowed longest ago ends.
MOST_OF_A_USER = 20
_VERIFIER = re.compile("[A-Za-z0-9._~-]{43,128}")
_LONGEST_CODE = 64
_USED_TWICE = "a refresh token was used twice"
_CODE_USED_TWICE = "its code was used twice"
_CODE_MISUSED = "its code was presented by another client, or without what it was made for"


@dataclass(frozen=True, slots=True)
class Redemption:
    """What a client sends with a code. `binding`: what it proved to have."""

    code: str
    verifier: str
    redirect_uri: str | None
    binding: Binding = NOTHING


@dataclass(frozen=True, slots=True)
class Held:
    """A grant as it is now, and what its tokens say of the user. `lifetime_s`: of the next access token."""

    grant: UserGrant
    said: dict[str, Any]
    refresh_token: str
    lifetime_s: int


class UserGrants:
    """`key` gives the 32 bytes that everything secret here is derived from."""

    def __init__(
        self, records: UserGrantRecords, node: NodeIdentity, *, key: Callable[[], bytes], clock: Clock
    ) -> None:
        self._records = records
        self._node = node
        self._key = key
        self._clock = clock

    def allow(self, request: Request, client: Client, user: User, server: AuthorizationIntent) -> str:
        """The code for the client."""
        now, grant_id, code = self._now(), secrets.token_hex(8), minted(CODE)
        told = json.dumps(user.claims | {"sub": user.subject}).encode()
        grant = UserGrant(
            id=grant_id,
            client_id=client.id,
            application_id=client.credential.application_id,
            user=user.id,
            ring=client.credential.ring,
            scopes=request.scopes,
            resources=request.resources,
            sealed=seal(self._sealing(), told, of=grant_id.encode()),
            salt=secrets.token_hex(16),
            code_sha256=code.sha256,
            code_until=now + CODE_LIFETIME,
            challenge=request.challenge,
            redirect_uri=request.redirect_uri,
            redirect_stated=request.redirect_stated,
            created_at=now,
            expires_at=now + timedelta(seconds=server.refresh_lifetime_s),
            used_at=now,
            jkt=request.jkt,
        )
        self._records.add(grant, most=MOST_OF_A_USER)
        self._node.bring_up_to_date()
        return code.text

    def redeem(self, client: Client, given: Redemption, server: AuthorizationIntent) -> Held:
        """RFC 6749 §4.1.3, RFC 7636 §4.6. Raises Declined."""
        found = self._records.with_code(hashed(given.code)) if len(given.code) <= _LONGEST_CODE else None
        if found is None:
            raise _no_grant()
        now = self._now()

        def turn(grant: UserGrant) -> UserGrant:
            if grant.ended_at is not None:
                return grant
            if grant.generation > 0:
                return _ended(grant, now, _CODE_USED_TWICE)
            if now >= grant.code_until:
                return grant
            if not _is_for(grant, client, given):
                return _ended(grant, now, _CODE_MISUSED)
            if client.is_public:
                grant = replace(grant, jkt=given.binding.jkt, x5t=given.binding.x5t)
            return self._turned(grant, 1, now, server)

        return self._held(found, self._changed(found, turn), now, server)

    def refresh(
        self,
        client: Client,
        token: str,
        server: AuthorizationIntent,
        *,
        admit: Callable[[UserGrant], None],
        binding: Binding = NOTHING,
    ) -> Held:
        """RFC 6749 §6. `admit` may decline a token that was made here. What a public client proved to have at first, it
        has each time (RFC 9449 §5, RFC 8705 §7.1). Raises Declined.
        """
        found, presented = self._of_token(token), read(token)
        if found is None or presented is None or found.client_id != client.id:
            raise _no_grant()
        if client.is_public and not binding.has(found.binding):
            raise _no_grant()
        admit(found)
        now = self._now()

        def turn(grant: UserGrant) -> UserGrant:
            if _is_over(grant, now, server):
                return grant
            if presented.generation == grant.generation:
                return self._turned(grant, grant.generation + 1, now, server)
            rotated = grant.rotated_at
            is_retry = presented.generation == grant.generation - 1 > 0
            if is_retry and rotated is not None and now - rotated <= GRACE:
                return replace(grant, tokens_until=_tokens_until(grant, now, server))
            return _ended(grant, now, _USED_TWICE)

        return self._held(found, self._changed(found, turn), now, server)

    def looked_at(self, client: Client, token: str, server: AuthorizationIntent) -> UserGrant | None:
        """The grant of a refresh token of the client's that would be taken now."""
        found, presented = self._of_token(token), read(token)
        if found is None or presented is None or found.client_id != client.id:
            return None
        is_newest = presented.generation == found.generation
        return None if not is_newest or _is_over(found, self._now(), server) else found

    def revoke(self, client: Client, token: str) -> None:
        """RFC 7009 §2.1: whichever of the family it is."""
        found = self._of_token(token)
        if found is not None and found.client_id == client.id:
            self.end(found.id, "its client revoked it")

    def end(self, grant_id: str, because: str, demand: Demand[UserGrant] = nothing_demanded) -> UserGrant:
        """Gateways refuse its access tokens when it returns. Again is no error. Raises Refused."""
        now = self._now()

        def turn(grant: UserGrant) -> UserGrant:
            demand(grant)
            return _ended(grant, now, because)

        ended = self._records.change(grant_id, now, turn)
        if ended is None:
            raise _unknown(grant_id)
        self._node.bring_up_to_date()
        return ended

    def demand(self, grant_id: str) -> UserGrant:
        """Raises Refused when there is none."""
        found = self._records.find(grant_id)
        if found is None:
            raise _unknown(grant_id)
        return found

    def of_user(self, user: str, server: AuthorizationIntent) -> list[UserGrant]:
        """Those that last, the newest first."""
        now = self._now()
        return [each for each in self._records.of_user(user) if not _is_over(each, now, server)]

    def list(self, *, limit: int, after: str = "") -> list[UserGrant]:
        return self._records.all(limit=limit, after=after)

    def has_allowed(self, user: User, client: Client, request: Request, server: AuthorizationIntent) -> bool:
        """Whether something that lasts gave this application as much, and was used."""
        return any(
            grant.application_id == client.credential.application_id
            and grant.generation > 0
            and {*request.scopes} <= {*grant.scopes}
            and {*request.resources} <= {*grant.resources}
            for grant in self.of_user(user.id, server)
        )

    def forget_old(self, server: AuthorizationIntent) -> None:
        now = self._now()
        self._records.forget(now, now - timedelta(seconds=server.refresh_idle_s))

    def _turned(
        self, grant: UserGrant, generation: int, now: datetime, server: AuthorizationIntent
    ) -> UserGrant:
        until = _tokens_until(grant, now, server)
        return replace(grant, generation=generation, rotated_at=now, used_at=now, tokens_until=until)

    def _changed(self, found: UserGrant, turn: Callable[[UserGrant], UserGrant]) -> tuple[bool, UserGrant]:
        """Whether it was turned, and did not end; and what there is now."""
        turned = False

        def watched(grant: UserGrant) -> UserGrant:
            nonlocal turned
            after = turn(grant)
            turned = after is not grant and after.ended_at is None
            return after

        after = self._records.change(found.id, self._now(), watched)
        if after is None:
            raise _no_grant()
        if after.ended_at is not None:
            self._node.bring_up_to_date()
        return turned, after

    def _held(
        self,
        found: UserGrant,
        changed: tuple[bool, UserGrant],
        now: datetime,
        server: AuthorizationIntent,
    ) -> Held:
        """Raises Declined."""
        turned, grant = changed
        if not turned:
            raise _no_grant()
        try:
            said = json.loads(unseal(self._sealing(), found.sealed, of=found.id.encode()))
        except InvalidTag:  # sealed with another key
            raise _no_grant() from None
        lifetime_s = int((_token_ends(grant, now, server) - now).total_seconds())
        token = token_of(grant, grant.generation, self._proving())
        return Held(grant, said | {"grant_id": grant.id}, token, lifetime_s)

    def _of_token(self, text: str) -> UserGrant | None:
        """The grant whose refresh token this is, or was."""
        presented = read(text)
        found = None if presented is None else self._records.find(presented.grant_id)
        if presented is None or found is None or not is_of(presented, found, self._proving()):
            return None
        return found

    def _sealing(self) -> bytes:
        return derived_key(self._key(), b"user grants")

    def _proving(self) -> bytes:
        return derived_key(self._key(), b"refresh tokens")

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def narrowed(scopes: Sequence[str], asked: str | None) -> list[str]:
    """RFC 6749 §6. Raises Declined."""
    if asked is None:
        return [*scopes]
    names = {name for name in asked.split(" ") if name}
    if not names <= {*scopes}:
        raise Declined("invalid_scope", "a scope is not among those the user allowed")
    return sorted(names)


def _is_for(grant: UserGrant, client: Client, given: Redemption) -> bool:
    unstated = given.redirect_uri is None and not grant.redirect_stated
    fits = _VERIFIER.fullmatch(given.verifier) is not None and hmac.compare_digest(
        s256(given.verifier), grant.challenge
    )
    is_key = given.binding.has(Binding(grant.jkt))
    returned = unstated or given.redirect_uri == grant.redirect_uri
    return grant.client_id == client.id and fits and is_key and returned


def _is_over(grant: UserGrant, now: datetime, server: AuthorizationIntent) -> bool:
    idle = grant.used_at + timedelta(seconds=server.refresh_idle_s)
    redeemed = grant.generation > 0
    return grant.ended_at is not None or not redeemed or now >= min(grant.expires_at, idle)


def _token_ends(grant: UserGrant, now: datetime, server: AuthorizationIntent) -> datetime:
    """No access token outlasts the grant."""
    return min(now + timedelta(seconds=server.lifetime_s), grant.expires_at)


def _tokens_until(grant: UserGrant, now: datetime, server: AuthorizationIntent) -> datetime:
    """None that was given before is forgotten."""
    ends = _token_ends(grant, now, server)
    return max(ends, grant.tokens_until or ends)


def _ended(grant: UserGrant, now: datetime, because: str) -> UserGrant:
    return grant if grant.ended_at is not None else replace(grant, ended_at=now, ended_because=because)


def _unknown(grant_id: str) -> Refused:
    help = "`ringwork user-grant list` shows them."
    return Refused("user-grant-unknown", f"there is no grant {grant_id}", help, status=404)


def _no_grant() -> Declined:
    """Whatever is wrong with it."""
    return Declined(
        "invalid_grant", "it is not known, was used, has expired, or is for another client or address"
    )

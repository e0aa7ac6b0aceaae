"""API keys: created, listed, revoked. The key itself is shown once and kept nowhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ringwork.control.consumers.applications import demand_working
from ringwork.control.consumers.words import checked_name
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.key_status import SOON, ExpiryWatch
from ringwork.control.model import Agreed, Credential, KeyHolder, MintedKey, Restrictions
from ringwork.control.native import read_key
from ringwork.control.node import NodeIdentity
from ringwork.control.ports import CredentialStore, KeyMint
from ringwork.control.recognition import KeyState, Recognised, recognised, state_of
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean

# The bound of the record a gateway keeps (`crates/wall/src/identity/record.rs`).
_MOST_RESTRICTIONS = 255

_PARTNER = "partner"
# More than any organisation has.
_MOST_KEYS = 10_000_000
# Applications (with one kind of restriction each) that are told of at once.
_MOST_HOLDERS = 100_000
_SCOPE = re.compile(r"[!#-\[\]-~]{1,255}")


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What is asked for. `ring` may be left to a partner's key; `lifetime` None: it does not expire."""

    ring: str | None = None
    consumer: str | None = None
    application: str = "default"
    plan: str | None = None
    partner: str | None = None
    lifetime: timedelta | None = None
    restrictions: Restrictions = field(default=Restrictions())


@dataclass(frozen=True, slots=True)
class CreatedKey:
    credential: Credential
    minted: MintedKey


class Keys:
    """`agreed` gives what the applied estate lets keys refer to; it raises Refused when none is applied."""

    def __init__(
        self,
        store: CredentialStore,
        node: NodeIdentity,
        *,
        agreed: Callable[[], Agreed],
        mint: KeyMint,
        clock: Clock,
    ) -> None:
        self._store = store
        self._node = node
        self._agreed = agreed
        self._mint = mint
        self._clock = clock

    def create(self, request: KeyRequest) -> CreatedKey:
        """A new key, known to the gateway when this returns. Raises Refused."""
        prepared = self.prepare(request)
        return CreatedKey(self.keep(prepared), prepared.minted)

    def prepare(self, request: KeyRequest) -> CreatedKey:
        """A new key that opens nothing before it is kept. Raises Refused."""
        agreed = self._agreed()
        ring, consumer = _holder(request, agreed)
        _check_restrictions(request.restrictions, agreed)
        minted = self._mint(agreed.environment)
        now = self.now()
        credential = Credential(
            id=minted.id,
            sha256=content_hash(minted.secret.encode()),
            environment=agreed.environment,
            ring=ring,
            consumer=consumer,
            application=checked_name("application", request.application),
            created_at=now,
            plan=request.plan,
            partner=request.partner,
            expires_at=None if request.lifetime is None else now + request.lifetime,
            restrictions=request.restrictions,
        )
        return CreatedKey(credential, minted)

    def keep(self, created: CreatedKey, foretold: Foretold[Credential] = nothing_foretold) -> Credential:
        """The key is on record, and known to the gateway when this returns; with it, whose it is. Raises Refused where
        that is suspended.
        """
        kept = self._store.add(created.credential, demand_working, foretold)
        self._node.bring_up_to_date()
        return kept

    def rotate(
        self,
        key_id: str,
        overlap: timedelta | None,
        demand: Demand[Credential] = nothing_demanded,
        foretold: Foretold[CreatedKey] = nothing_foretold,
    ) -> CreatedKey:
        """A key like `key_id`, which lives as long from now on; that one ends after `overlap`, or sooner if it would
        have; None: now, for good. Both are known to the gateway when this returns. Raises Refused.
        """
        now = self.now()
        minted = self._mint(self._agreed().environment)

        def turn(found: Credential) -> tuple[Credential, Credential]:
            demand(found)
            _demand_works(found, now)
            return _ended(found, now, overlap), _following(found, minted, now)

        def told(following: Credential) -> None:
            foretold(CreatedKey(following, minted))

        following = self._store.rotate(key_id, now, turn, told)
        if following is None:
            raise _unknown(key_id)
        self._node.bring_up_to_date()
        return CreatedKey(following, minted)

    def of_partner(self, partner: str) -> list[Credential]:
        """All of its keys, by id."""
        return self._store.of_partner(partner, limit=_MOST_KEYS)

    def every_ending(self, within: timedelta) -> list[Credential]:
        """Keys that work and end by themselves so soon, the first to end first."""
        now = self._clock()
        return self._store.ending(now, now + within, limit=_MOST_KEYS)

    def told_of_ending(self, tell: Callable[[list[Credential], int], None]) -> ExpiryWatch:
        """Who tells of each key that it ends soon."""
        return ExpiryWatch(self._store, tell, clock=self._clock)

    def count_ending(self, within: timedelta = SOON) -> int:
        now = self._clock()
        return self._store.count_ending(now, now + within)

    def holders(self) -> list[KeyHolder]:
        """Who holds keys that work now, the last used first, and when they were used last."""
        return self._store.holders(self._clock(), limit=_MOST_HOLDERS)

    def note_uses(self, uses: Mapping[str, int], rings: Collection[str]) -> None:
        """What a gateway that serves `rings` says: key → Unix time of its last use. None is used in the future."""
        now = int(self.now().timestamp())
        self._store.note_uses({key: min(at, now) for key, at in uses.items()}, rings)

    def now(self) -> datetime:
        """Whole seconds, as keys have them."""
        return self._clock().replace(microsecond=0)

    def revoke(self, key_id: str, demand: Demand[Credential] = nothing_demanded) -> Credential:
        """Ends a key, effective when this returns; again for a revoked one is no error. Raises Refused, also when
        `demand` does.
        """
        ended = self._store.revoke(key_id, self.now(), demand)
        if ended is None:
            raise _unknown(key_id)
        self._node.bring_up_to_date()
        return ended

    def demand(self, key_id: str) -> Credential:
        """Raises Refused when there is none."""
        found = self._store.find(key_id)
        if found is None:
            raise _unknown(key_id)
        return found

    def find(self, key_id: str) -> Credential | None:
        return self._store.find(key_id)

    def recognise(self, text: str) -> Recognised:
        """What this text is, if it is a key, and what is known of it."""
        key = read_key(text)
        if key is None:
            return Recognised(KeyState.NO_KEY)
        return recognised(key, self._store.find(key.id), self._environment(), self._clock())

    def _environment(self) -> str | None:
        try:
            return self._agreed().environment
        except Refused:
            return None

    def list(self, *, limit: int = 1000, after: str = "") -> list[Credential]:
        return self._store.all(limit=limit, after=after)

    def every(self, *, page: int) -> Iterator[Credential]:
        """All keys by id, read `page` at a time."""
        after = ""
        while found := self._store.all(limit=page, after=after):
            yield from found
            after = found[-1].id


def _demand_works(found: Credential, now: datetime) -> None:
    """Raises Refused: what does not work is followed by nothing."""
    state = state_of(found, now)
    if state is not KeyState.ACTIVE:
        help = "Make a key with `ringwork key create`, once what it is of may have one."
        raise Refused("key-over", f'the key "{found.id}" is {state}', help, status=409)


def _ended(found: Credential, now: datetime, overlap: timedelta | None) -> Credential:
    if overlap is None:
        return replace(found, revoked_at=now)
    ends = now + overlap
    return replace(found, expires_at=ends if found.expires_at is None else min(ends, found.expires_at))


def _following(found: Credential, minted: MintedKey, now: datetime) -> Credential:
    lifetime = None if found.expires_at is None else found.expires_at - found.created_at
    return replace(
        found,
        id=minted.id,
        sha256=content_hash(minted.secret.encode()),
        created_at=now,
        not_before=None,
        expires_at=None if lifetime is None else now + lifetime,
        used_at=None,
    )


def _unknown(key_id: str) -> Refused:
    return Refused(
        "key-unknown",
        f'there is no key "{key_id}"',
        "`ringwork key list` shows the ids; an id is the part between the second and third underscore.",
        status=404,
    )


def _holder(request: KeyRequest, agreed: Agreed) -> tuple[str, str]:
    """Ring and consumer of the new key."""
    if request.partner is not None:
        return _partner_holder(request, request.partner, agreed)
    if request.ring is None:
        raise Refused("ring-missing", "no ring was named", "Add --ring public, or --partner NAME.")
    ring = _ring(request.ring, agreed)
    if ring == _PARTNER:
        raise Refused(
            "partner-missing", "a key for the partner ring belongs to a partner", "Add --partner NAME."
        )
    if request.plan is not None:
        _known("plan", request.plan, agreed.plans)
    if request.consumer is None:
        raise Refused("consumer-missing", "no consumer was named", "Add --consumer NAME: who gets the key.")
    return ring, checked_name("consumer", request.consumer)


def _partner_holder(request: KeyRequest, partner: str, agreed: Agreed) -> tuple[str, str]:
    if request.ring not in (None, _PARTNER):
        raise Refused(
            "ring-mismatch", f"a partner's key is no key for the {request.ring} ring", "Leave --ring out."
        )
    if request.plan is not None:
        raise Refused("plan-mismatch", "a partner has an agreement, not a plan", "Leave --plan out.")
    if request.consumer not in (None, partner):
        raise Refused(
            "consumer-mismatch", "the consumer of a partner's key is the partner", "Leave --consumer out."
        )
    _known("partner", partner, agreed.partners)
    return _ring(_PARTNER, agreed), partner


def _ring(ring: str, agreed: Agreed) -> str:
    if ring not in agreed.rings:
        instead = (
            "Use `ringwork identity issue SERVICE`."
            if ring == "internal"
            else did_you_mean(ring, agreed.rings)
        )
        raise Refused("ring-without-keys", f'the ring "{ring}" takes no API keys', instead)
    return ring


def _check_restrictions(restrictions: Restrictions, agreed: Agreed) -> None:
    versions = [f"{api}:{name}" for api, names in agreed.versions.items() for name in names]
    for api in restrictions.apis:
        _known("API", api, agreed.versions)
    for version in restrictions.versions:
        _known("version", version, versions)
    for network in restrictions.networks:
        _check_network(network)
    check_scopes(restrictions.scopes)
    for given in (restrictions.apis, restrictions.versions, restrictions.networks):
        _demand_few(given)


def _demand_few(given: Collection[str]) -> None:
    if len(given) > _MOST_RESTRICTIONS:
        raise Refused(
            "too-many-restrictions", f"more than {_MOST_RESTRICTIONS} of one kind", "Make several keys."
        )


def _check_network(network: str) -> None:
    try:
        ipaddress.ip_network(network)
    except ValueError as wrong:
        raise Refused(
            "network-malformed", f'"{network}" is no network: {wrong}', "Write a CIDR: 192.0.2.0/24."
        ) from None


def check_scopes(scopes: Collection[str]) -> None:
    """Raises Refused for what is no scope, and for more than a gateway could keep."""
    for scope in scopes:
        _check_scope(scope)
    _demand_few(scopes)


def _check_scope(scope: str) -> None:
    if not _SCOPE.fullmatch(scope):
        help = "Write printable ASCII characters without spaces, quotes and backslashes: orders:read."
        raise Refused("scope-malformed", f"{scope[:60]!r} is no scope (RFC 6749 section 3.3)", help)


def _known(kind: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        code = f"{kind.lower()}-unknown"
        raise Refused(code, f'the applied estate has no {kind} "{name}"', did_you_mean(name, names))

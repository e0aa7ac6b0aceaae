"""All about people, put together: what the admin API, its login pages and the background ask."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from ringwork.control.approvals.grants import Grants
from ringwork.control.approvals.ports import ApprovalRecords, GrantRecords
from ringwork.control.notices.ports import NoticeRecords
from ringwork.control.notices.telling import Telling
from ringwork.control.people.accounts import Accounts
from ringwork.control.people.callers import Caller, with_grants
from ringwork.control.people.logins import Logins
from ringwork.control.people.machines import MachineTokens
from ringwork.control.people.model import Arrived, Session
from ringwork.control.people.ports import (
    InvitationRecords,
    MachineTokenRecords,
    PersonRecords,
    SessionRecords,
)
from ringwork.control.people.provider.client import Provider
from ringwork.control.people.provider.words import Denied, Identified, Unanswered
from ringwork.control.people.sealing import Sealing
from ringwork.control.people.sessions import UNCHECKED, Sessions, is_finished
from ringwork.control.people.tokens import LONGEST, MACHINE, SESSION, hashed
from ringwork.control.sealing import derived_key
from ringwork.intent.people import PeopleIntent, ProviderIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

_AT_ONCE = 100
# After so many without an answer, it is the provider.
_MOST_SILENCE = 3
_SILENCE_S = 5.0
_ID_CHARACTERS = 16


class People:
    """`policy` is what the live revision says of people, `secret` resolves references, `key` is the state's own,
    `settle` tells gateways of grants.
    """

    def __init__(
        self,
        people: PersonRecords,
        sessions: SessionRecords,
        invitations: InvitationRecords,
        machines: MachineTokenRecords,
        approvals: ApprovalRecords,
        grants: GrantRecords,
        notices: NoticeRecords,
        *,
        policy: Callable[[], PeopleIntent],
        secret: Callable[[str], str],
        key: Callable[[], bytes],
        settle: Callable[[], object],
        clock: Clock,
    ) -> None:
        self.policy = policy
        self._records = sessions
        self._secret = secret
        self._key = key
        self._clock = clock
        self._sealing = Sealing(key)
        self.sessions = Sessions(sessions, policy=policy, sealing=self._sealing, clock=clock)
        self.machines = MachineTokens(machines, policy=policy, clock=clock)
        self.grants = Grants(grants, approvals, policy=policy, settle=settle, clock=clock)
        self.telling = Telling(notices, said=lambda: policy().notify, secret=secret, clock=clock)
        self.accounts = Accounts(
            people,
            invitations,
            self.sessions,
            self.grants,
            policy=policy,
            person_id=self._person_id,
            clock=clock,
        )
        self.logins = Logins(clock)
        self._provider: Provider | None = None
        self._unanswered: set[str] = set()
        self._lock = Lock()
        self._checking = Lock()
        # Of a clock that only goes on: nobody waits for a provider that has just not answered.
        self._silent_until = 0.0

    def recognise(self, token: str) -> Caller:
        """Who calls with this bearer token, and what he may do now. Raises Refused (401)."""
        if len(token) <= LONGEST and token.startswith(SESSION):
            return self._with_grants(self._in_session(token))
        if len(token) <= LONGEST and token.startswith(MACHINE):
            return self.machines.recognise(token)
        help = "Log in with `ringwork login`, or send a token of this control plane."
        raise Refused("token-invalid", "this is no token of this control plane", help, status=401)

    def _in_session(self, token: str) -> Caller:
        """The provider is asked first about one it was not asked about for long: nothing ran meanwhile, perhaps."""
        try:
            return self.sessions.recognise(token)
        except Refused as refused:
            if refused.code != UNCHECKED or time.monotonic() < self._silent_until:
                raise
        found, policy = self._records.found(hashed(token)), self.policy()
        try:
            provider = self.provider()
            if found is not None and provider is not None:
                self._check(found[0], found[1].subject, provider, policy)
        except Unanswered:
            self._silent_until = time.monotonic() + _SILENCE_S
        return self.sessions.recognise(token)

    def _with_grants(self, caller: Caller) -> Caller:
        held = [] if caller.person is None else self.grants.held_by(caller.person.id)
        return with_grants(caller, held, self.policy()) if held else caller

    def provider(self) -> Provider | None:
        """The one of the live revision; None: people have accounts here. Raises Unanswered."""
        said = self.policy().provider
        with self._lock:
            if said is None:
                return None
            if self._provider is None or self._provider.said != said:
                self._provider = self._made(said)
            return self._provider

    def _made(self, said: ProviderIntent) -> Provider:
        try:
            return Provider(said, secret=self._secret, clock=self._clock)
        except (LookupError, OSError, ValueError) as error:
            raise Unanswered(f"the provider's CA cannot be used: {error}") from None

    def arrived(self, identified: Identified, issuer: str) -> Arrived:
        """The person a provider vouches for. Raises Refused for one whose access was ended here."""
        person = self.accounts.known(issuer, identified.subject, identified.name)
        return Arrived(person, identified.claims, identified.sid, identified.refresh)

    def check_again(self) -> int:
        """Asks the provider about everybody whose turn it is; how many. Raises Unanswered, and goes on next time."""
        policy, provider = self.policy(), self.provider()
        if provider is None:
            return 0
        now = self._clock().replace(microsecond=0)
        due = self._records.unchecked(now - timedelta(seconds=policy.recheck_s), limit=_AT_ONCE)
        silent = 0
        for session, person in sorted(due, key=lambda each: each[0].id in self._unanswered):
            if person.issuer != provider.said.issuer or is_finished(session, now, policy):
                self.sessions.end(session.id, "it had expired, or was not used any more")
                continue
            try:
                self._check(session, person.subject, provider, policy)
            except Unanswered:
                self._unanswered.add(session.id)  # the next time after those that may be answered
                silent += 1
                if silent >= _MOST_SILENCE:
                    raise
            else:
                self._unanswered.discard(session.id)
                silent = 0
        self._unanswered &= {session.id for session, _ in due}
        return len(due)

    def forget_old(self) -> None:
        self.sessions.forget_old()
        self.accounts.forget_old()
        self.grants.forget_old()

    def _check(self, session: Session, subject: str, provider: Provider, policy: PeopleIntent) -> None:
        """One at a time: a refresh token that is used twice looks stolen. Raises Unanswered."""
        with self._checking:
            now = self._records.find(session.id)
            if now is not None and now.ended_at is None and now.checked_at == session.checked_at:
                self._check_alone(now, subject, provider, policy)

    def _check_alone(self, session: Session, subject: str, provider: Provider, policy: PeopleIntent) -> None:
        refresh = self._sealing.opened(session.refresh or b"", session.id)
        if refresh is None:
            self.sessions.end(session.id, "its refresh token does not open any more")
            return
        try:
            found = provider.still(refresh, subject, policy.mapped())
        except Denied as denied:
            self.sessions.end(session.id, str(denied))
            return
        if not policy.groups_of(found.claims):
            self.sessions.end(session.id, "this person is in no group any more")
            return
        kept = session.refresh if found.refresh is None else self._sealing.sealed(found.refresh, session.id)
        self._records.checked(session.id, self._clock().replace(microsecond=0), found.claims, kept)

    def _person_id(self, issuer: str, subject: str) -> str:
        """The same for the same person, and nobody without the state's key can tell whose it is."""
        naming = derived_key(self._key(), b"people: ids")
        return hmac.digest(naming, f"{issuer}\0{subject}".encode(), "sha256").hex()[:_ID_CHARACTERS]

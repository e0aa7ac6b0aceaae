"""Sessions of people: begun at login, asked about at every call, asked of the provider now and then, ended at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.people.callers import Caller, of_session
from ringwork.control.people.model import HERE, Arrived, Person, Session
from ringwork.control.people.ports import SessionRecords
from ringwork.control.people.sealing import Sealing
from ringwork.control.people.tokens import SESSION, Minted, hashed, minted
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

MOST_OF_A_PERSON = 50
_LONGEST_DEVICE = 100
# That it was used is written down this often, and no more.
_USED_EVERY = timedelta(seconds=30)
# Ended ones stay to be looked at.
_KEPT_FOR = timedelta(days=30)
# Without an answer of the provider for this many of its intervals, and this long, a session waits for one.
_INTERVALS_UNANSWERED = 2
_LEAST_UNANSWERED = timedelta(minutes=1)
UNCHECKED = "session-unchecked"


class Sessions:
    """`policy` is what the live revision says of people."""

    def __init__(
        self, records: SessionRecords, *, policy: Callable[[], PeopleIntent], sealing: Sealing, clock: Clock
    ) -> None:
        self._records = records
        self._policy = policy
        self._sealing = sealing
        self._clock = clock

    def begin(self, arrived: Arrived, device: str) -> tuple[Minted, Session]:
        """The token is for whoever logged in, and kept nowhere. Raises Refused: he is in no group, has too many."""
        policy, now, person = self._policy(), self._now(), arrived.person
        if not self.groups_of(arrived):
            raise Refused(
                "no-group",
                f"{person.name} is in no group of this control plane",
                "Groups, and which claims of the provider lead to them, are in the estate: groups/*.yaml.",
                status=403,
            )
        if len(self._records.of(person.id)) >= MOST_OF_A_PERSON:
            message = f"there are {MOST_OF_A_PERSON} sessions of this person"
            raise Refused("sessions-too-many", message, "End some: `ringwork session list`.", status=409)
        token = minted(SESSION)
        session = Session(
            id=token.id,
            sha256=token.sha256,
            person=person.id,
            device=_shown(device),
            created_at=now,
            expires_at=now + _longest(policy, arrived),
            used_at=now,
            checked_at=now,
            claims=arrived.claims,
            sid=arrived.sid,
            refresh=None if arrived.refresh is None else self._sealing.sealed(arrived.refresh, token.id),
        )
        with acting(Actor(f"person:{person.id}", "login", f"session:{token.id}")):
            self._records.begin(session, person)
        return token, session

    def groups_of(self, arrived: Arrived) -> tuple[str, ...]:
        """Those he would be in; none: he has nothing to do here."""
        return self._groups(self._policy(), arrived.person, arrived.claims)

    def recognise(self, token: str) -> Caller:
        """Whose it is, and what he may do now. Raises Refused (401)."""
        found = self._records.found(hashed(token))
        if found is None:
            raise _over("this session is not known here")
        session, person = found
        policy, now = self._policy(), self._now()
        why = self.why_over(session, person, policy, now)
        if why is not None:
            raise _over(why)
        if is_unchecked(session, now, policy):
            raise _unchecked()
        if now - session.used_at >= _USED_EVERY:
            self._records.used(session.id, now)
        return of_session(session, person, self._groups(policy, person, session.claims), policy)

    def why_over(self, session: Session, person: Person, policy: PeopleIntent, now: datetime) -> str | None:
        """None: it is good, as far as is known here."""
        reasons = (
            (session.ended_at is not None, f"this session ended: {session.ended_because}"),
            (person.ended_at is not None, "this person's access was ended"),
            (not _is_of(person, policy), "people log in elsewhere now"),
            (now >= session.expires_at, "this session has expired"),
            (now - session.used_at >= timedelta(seconds=policy.idle_s), "this session was idle for too long"),
        )
        return next((why for is_so, why in reasons if is_so), None)

    def list(self, *, limit: int, after: str = "") -> list[Session]:
        return self._records.all(limit=limit, after=after)

    def demand(self, session_id: str) -> Session:
        """Raises Refused when there is none."""
        found = self._records.find(session_id)
        if found is None:
            raise _unknown(session_id)
        return found

    def end(
        self,
        session_id: str,
        because: str,
        demand: Demand[Session] = nothing_demanded,
        foretold: Foretold[Session] = nothing_foretold,
    ) -> Session:
        """Ends it at once; again is no error. Raises Refused when there is none."""
        ended = self._records.end(session_id, self._now(), because, demand, foretold)
        if ended is None:
            raise _unknown(session_id)
        return ended

    def end_all(self, sessions: Iterable[Session], because: str) -> int:
        """Each is a deed of its own."""
        return sum(1 for each in sessions if self.end(each.id, because).ended_at is not None)

    def end_of(self, person: str, because: str) -> int:
        return self.end_all(self._records.of(person), because)

    def end_named(self, issuer: str, *, subject: str | None, sid: str | None) -> int:
        """What a provider ended: of a person, a session, or a person's session."""
        return self.end_all(
            self._records.named(issuer, subject=subject, sid=sid), "logged out at the provider"
        )

    def forget_old(self) -> None:
        self._records.forget(self._now() - _KEPT_FOR)

    def _groups(
        self, policy: PeopleIntent, person: Person, claims: tuple[tuple[str, str], ...]
    ) -> tuple[str, ...]:
        if person.issuer != HERE:
            return policy.groups_of(claims)
        known = {group.name for group in policy.effective_groups}
        return tuple(name for name in person.groups if name in known)

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def is_finished(session: Session, now: datetime, policy: PeopleIntent) -> bool:
    """Whether its time is over, or nobody used it for too long."""
    return now >= session.expires_at or now - session.used_at >= timedelta(seconds=policy.idle_s)


def is_unchecked(session: Session, now: datetime, policy: PeopleIntent) -> bool:
    """Whether the provider was not heard about it for too long."""
    patience = max(timedelta(seconds=_INTERVALS_UNANSWERED * policy.recheck_s), _LEAST_UNANSWERED)
    return session.refresh is not None and now - session.checked_at >= patience


def _longest(policy: PeopleIntent, arrived: Arrived) -> timedelta:
    """Nobody can be asked about somebody without a refresh token: then it ends when it would be asked."""
    lifetime = timedelta(seconds=policy.lifetime_s)
    if arrived.person.issuer == HERE or arrived.refresh is not None:
        return lifetime
    return min(lifetime, timedelta(seconds=policy.recheck_s))


def _is_of(person: Person, policy: PeopleIntent) -> bool:
    return person.issuer == (HERE if policy.provider is None else policy.provider.issuer)


def _shown(device: str) -> str:
    return "".join(each for each in device if each.isprintable())[:_LONGEST_DEVICE].strip() or "a device"


def _over(why: str) -> Refused:
    return Refused("session-over", why, "Log in again: `ringwork login`.", status=401)


def _unchecked() -> Refused:
    message = "the provider does not answer whether this person has access still"
    return Refused(UNCHECKED, message, "Try again when it does; the session is as it was.", status=401)


def _unknown(session_id: str) -> Refused:
    return Refused(
        "session-unknown",
        f"there is no session {session_id}",
        "`ringwork session list` shows them.",
        status=404,
    )

"""Accounts here, where there is no provider: people join by invitation, the first by a link `ringwork up` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ringwork.control.approvals.grants import Grants
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.people.callers import Caller
from ringwork.control.people.model import HERE, Arrived, Invitation, Person
from ringwork.control.people.passwords import Passwords
from ringwork.control.people.ports import InvitationRecords, PersonRecords
from ringwork.control.people.sessions import Sessions
from ringwork.control.people.tokens import INVITATION, Minted, hashed, minted
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

LONGEST_INVITATION = timedelta(days=7)
MOST_OPEN = 1_000
FIRST_LINK_LIFETIME = timedelta(hours=1)
_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PreparedInvitation:
    """Not on record yet."""

    token: Minted
    record: Invitation


class Accounts:
    """People of either kind are looked for and ended here; only accounts of this control plane have passwords."""

    def __init__(
        self,
        people: PersonRecords,
        invitations: InvitationRecords,
        sessions: Sessions,
        grants: Grants,
        *,
        policy: Callable[[], PeopleIntent],
        person_id: Callable[[str, str], str],
        clock: Clock,
    ) -> None:
        self._people = people
        self._invitations = invitations
        self._sessions = sessions
        self._grants = grants
        self._policy = policy
        self._clock = clock
        self._id = person_id
        self._passwords = Passwords()
        # In this process only: it ends with it.
        self._first: Invitation | None = None

    def list(self, *, limit: int, after: str = "") -> list[Person]:
        return self._people.all(limit=limit, after=after)

    def demand(self, person_id: str) -> Person:
        """Raises Refused when there is nobody of this id."""
        found = self._people.find(person_id)
        if found is None:
            raise _unknown(person_id)
        return found

    def end(self, person_id: str, demand: Demand[Person] = nothing_demanded) -> Person:
        """Ends a person's access, with all sessions and grants; again is no error. Raises Refused when there is
        nobody.
        """
        ended = self._people.end(person_id, self._now(), demand)
        if ended is None:
            raise _unknown(person_id)
        self._sessions.end_of(person_id, "this person's access was ended")
        self._grants.end_of(person_id, "this person's access was ended")
        return ended

    def restore(
        self,
        person_id: str,
        demand: Demand[Person] = nothing_demanded,
        foretold: Foretold[Person] = nothing_foretold,
    ) -> Person:
        """Lets a provider's person in again. Raises Refused; who has an account here is invited again."""
        if self.demand(person_id).issuer == HERE:
            help = "Invite him: `ringwork people invite NAME`; he chooses another password."
            raise Refused("person-here", "an account here needs another password", help, status=409)
        restored = self._people.restore(person_id, self._now(), demand, foretold)
        if restored is None:
            raise _unknown(person_id)
        return restored

    def known(self, issuer: str, subject: str, name: str) -> Person:
        """The person a provider vouches for, who may be new. Raises Refused for one whose access was ended here."""
        found = self._people.known_as(issuer, subject)
        if found is None:
            return Person(self._id(issuer, subject), issuer, subject, name, self._now())
        if found.ended_at is not None:
            help = f"It was ended here, whatever the provider says: `ringwork people restore {found.id}`."
            raise Refused("access-ended", "this person's access was ended", help, status=403)
        return replace(found, name=name)

    def open_first(self) -> Minted | None:
        """A link for the first operator; None: there is somebody, or people log in elsewhere."""
        if self._policy().provider is not None or self._people.count() > 0:
            return None
        token, now = minted(INVITATION), self._now()
        self._first = Invitation(token.id, token.sha256, "", (), now, now + FIRST_LINK_LIFETIME)
        return token

    def prepare(
        self, name: str, groups: Sequence[str], lifetime: timedelta, by: Caller
    ) -> PreparedInvitation:
        """For a new account, or another password of one. Raises Refused."""
        policy, given = self._policy(), tuple(dict.fromkeys(groups))
        _demand_here(policy)
        by.demand_may_give(given, policy)
        before = self._people.known_as(HERE, name)
        if before is not None:
            known = {group.name for group in policy.effective_groups}
            by.demand_may_give([each for each in before.groups if each in known], policy)
        token, now = minted(INVITATION), self._now()
        if len(self._invitations.open(now, limit=MOST_OPEN)) >= MOST_OPEN:
            message, help = f"there are {MOST_OPEN} invitations", "Take some back."
            raise Refused("invitations-too-many", message, help, status=409)
        return PreparedInvitation(token, Invitation(token.id, token.sha256, name, given, now, now + lifetime))

    def keep(self, prepared: PreparedInvitation) -> None:
        self._invitations.add(prepared.record)

    def invitations(self, *, limit: int, after: str = "") -> Sequence[Invitation]:
        """Those that can be used still."""
        return self._invitations.open(self._now(), limit=limit, after=after)

    def demand_invitation(self, invitation_id: str) -> Invitation:
        found = self._invitations.find(invitation_id)
        if found is None:
            raise _no_invitation(invitation_id)
        return found

    def uninvite(self, invitation_id: str, demand: Demand[Invitation] = nothing_demanded) -> Invitation:
        """Again is no error. Raises Refused when there is none."""
        ended = self._invitations.end(invitation_id, self._now(), demand)
        if ended is None:
            raise _no_invitation(invitation_id)
        return ended

    def invited(self, token: str) -> Invitation:
        """Whom a link is for; the first operator's has no name. Raises Refused: one answer for all that are void."""
        _demand_here(self._policy())
        sha256 = hashed(token)
        first = self._first
        is_first = first is not None and first.sha256 == sha256 and self._people.count() == 0
        found = first if is_first else self._invitations.found(sha256)
        if found is None or found.ended_at is not None or self._now() >= found.expires_at:
            raise _void()
        return found

    def join(self, token: str, name: str, password: str) -> Person:
        """Uses an invitation up. `name` is the first operator's own choice. Raises Refused."""
        invitation = self.invited(token)
        is_first = not invitation.name
        name = name if is_first else invitation.name
        hash_ = self._passwords.hashed(password, name=name)
        person = Person(
            id=self._id(HERE, name),
            issuer=HERE,
            subject=name,
            name=name,
            created_at=self._now(),
            groups=self._policy().groups_of_the_first() if is_first else invitation.groups,
            password=hash_,
        )
        with acting(Actor(f"person:{person.id}", "login", f"invitation:{invitation.id}")):
            # First, so that what was begun with the password before does not outlive it, whatever dies in between.
            self._sessions.end_of(person.id, "the password was set anew")
            if not self._people.join(person, None if is_first else invitation):
                raise _void()
        return person

    def arrived(self, name: str, password: str) -> Arrived | None:
        """None: there is nobody of this name, or the password is another's; both take as long."""
        if self._policy().provider is not None:
            return None
        found = self._people.known_as(HERE, name)
        stored = None if found is None or found.ended_at is not None else found.password
        return Arrived(found) if self._passwords.fits(stored, password) and found is not None else None

    def forget_old(self) -> None:
        self._invitations.forget(self._now() - _KEPT_FOR)

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _demand_here(policy: PeopleIntent) -> None:
    if policy.provider is not None:
        message = f"people log in through {policy.provider.issuer}"
        help = "Who may is decided there, and by groups/*.yaml."
        raise Refused("people-elsewhere", message, help, status=409)


def _void() -> Refused:
    return Refused(
        "invitation-void",
        "this link leads nowhere: it was used, replaced, or has expired",
        "Ask for another. The first operator's is printed when `ringwork up` starts.",
        status=403,
    )


def _unknown(person_id: str) -> Refused:
    help = "`ringwork people list` shows them."
    return Refused("person-unknown", f"there is nobody with the id {person_id}", help, status=404)


def _no_invitation(invitation_id: str) -> Refused:
    help = "`ringwork people invitations` shows them."
    return Refused("invitation-unknown", f"there is no invitation {invitation_id}", help, status=404)

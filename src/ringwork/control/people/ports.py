"""What is asked of the store about people. Whatever changes is one transaction with its entry in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ringwork.control.demands import Demand, Foretold
from ringwork.control.people.model import Invitation, MachineToken, Person, Session


class PersonRecords(Protocol):
    def find(self, person_id: str) -> Person | None: ...

    def known_as(self, issuer: str, subject: str) -> Person | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Person]:
        """By id."""

    def count(self) -> int: ...

    def join(self, person: Person, invitation: Invitation | None) -> bool:
        """Adds the account, or gives the one of that name another password; uses `invitation` up, or without one
        demands that there is nobody. False: it was used meanwhile, or there is somebody.
        """

    def end(self, person_id: str, at: datetime, demand: Demand[Person]) -> Person | None:
        """Ends a person's access; None: there is nobody of this id."""

    def restore(
        self, person_id: str, at: datetime, demand: Demand[Person], foretold: Foretold[Person]
    ) -> Person | None:
        """Takes the end back."""


class SessionRecords(Protocol):
    def begin(self, session: Session, person: Person) -> None:
        """Adds it, and the person, if he is new; his name is taken anew."""

    def found(self, sha256: str) -> tuple[Session, Person] | None: ...

    def find(self, session_id: str) -> Session | None: ...

    def all(self, *, limit: int, after: str = "") -> list[Session]:
        """By id; those that ended, too."""

    def of(self, person: str) -> list[Session]:
        """Those that did not end."""

    def named(self, issuer: str, *, subject: str | None, sid: str | None) -> list[Session]:
        """Those of a provider that did not end, by what it calls the person, or the session, or both."""

    def unchecked(self, since: datetime, *, limit: int) -> list[tuple[Session, Person]]:
        """Those that did not end, with a refresh token, and were checked before; the longest ago first."""

    def used(self, session_id: str, at: datetime) -> None: ...

    def checked(
        self, session_id: str, at: datetime, claims: tuple[tuple[str, str], ...], refresh: bytes | None
    ) -> None:
        """What the provider said of it now."""

    def end(
        self,
        session_id: str,
        at: datetime,
        because: str,
        demand: Demand[Session],
        foretold: Foretold[Session],
    ) -> Session | None:
        """None: there is none of this id. Again is no error."""

    def forget(self, before: datetime) -> None:
        """Drops those that ended, or would have, before."""


class InvitationRecords(Protocol):
    def add(self, invitation: Invitation) -> None:
        """Adds it; one for the same name before it is void."""

    def found(self, sha256: str) -> Invitation | None: ...

    def find(self, invitation_id: str) -> Invitation | None: ...

    def open(self, at: datetime, *, limit: int, after: str = "") -> list[Invitation]:
        """Those that can be used, by id."""

    def end(self, invitation_id: str, at: datetime, demand: Demand[Invitation]) -> Invitation | None: ...

    def forget(self, before: datetime) -> None: ...


class MachineTokenRecords(Protocol):
    def add(self, token: MachineToken) -> None: ...

    def found(self, sha256: str) -> MachineToken | None: ...

    def find(self, token_id: str) -> MachineToken | None: ...

    def all(self, *, limit: int, after: str = "") -> list[MachineToken]:
        """By id."""

    def good(self, at: datetime) -> int:
        """How many can be used."""

    def used(self, token_id: str, at: datetime) -> None: ...

    def revoke(self, token_id: str, at: datetime, demand: Demand[MachineToken]) -> MachineToken | None: ...

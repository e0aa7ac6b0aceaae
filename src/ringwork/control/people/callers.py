"""Who calls the admin API, and what he may do: told anew at every call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ringwork.control.approvals.model import Decider, Grant
from ringwork.control.ledger.deeds import Actor
from ringwork.control.people.model import MachineToken, Person, Session
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.refusal import Refused
from ringwork.manifest.permissions import PERMISSIONS

_THROUGH = "admin API"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person with a session, a machine with its token, or whoever owns the state directory: then all three are
    None. `groups` and `permissions` are his own; what he holds for some time only is in `grants`, with what each
    permits beside.
    """

    actor: Actor
    groups: tuple[str, ...]
    permissions: frozenset[str]
    person: Person | None = None
    session: Session | None = None
    machine: MachineToken | None = None
    grants: tuple[tuple[Grant, frozenset[str]], ...] = ()

    @property
    def decider(self) -> Decider:
        """By his own groups: who holds one for some time decides nothing by it."""
        person = None if self.person is None else self.person.id
        machine = None if self.machine is None else self.machine.id
        return Decider(self.actor.name, person, self.groups, machine)

    @property
    def called(self) -> str:
        """What others know him by."""
        return self.actor.name if self.person is None else self.person.name

    @property
    def all_permissions(self) -> frozenset[str]:
        return self.permissions.union(*(permissions for _, permissions in self.grants))

    def allowed_by(self, permission: str) -> Grant | None:
        """The grant without which he would not have it; None: he has it anyway, or not at all."""
        if permission in self.permissions:
            return None
        return next((grant for grant, permissions in self.grants if permission in permissions), None)

    def by_grant(self, grant: Grant) -> Actor:
        """As the ledger names him for what only `grant` allows."""
        return replace(self.actor, credential=f"{self.actor.credential} grant:{grant.id}")

    def demand_may_give(self, groups: Collection[str], policy: PeopleIntent) -> None:
        """Nobody gives away what he has not, or has for some time only: it would outlast that. Raises Refused."""
        known = {group.name for group in policy.effective_groups}
        unknown = sorted({*groups} - known)
        if unknown:
            there = ", ".join(sorted(known))
            message = f'there is no group "{unknown[0]}"'
            raise Refused("group-unknown", message, f"The estate has: {there}.")
        beyond = sorted(policy.permissions_of(groups) - self.permissions)
        if beyond:
            message = f"you may not give what you have not: {', '.join(beyond)}"
            raise Refused("group-beyond-yours", message, "Ask somebody who has it.", status=403)


def owner() -> Caller:
    """Whoever has `admin.token`: he owns the state directory, and everything in it."""
    return Caller(Actor("admin-token", _THROUGH, "admin-token"), (), frozenset(PERMISSIONS))


def of_session(session: Session, person: Person, groups: tuple[str, ...], policy: PeopleIntent) -> Caller:
    actor = Actor(f"person:{person.id}", _THROUGH, f"session:{session.id}")
    return Caller(actor, groups, policy.permissions_of(groups), person=person, session=session)


def with_grants(caller: Caller, held: Sequence[Grant], policy: PeopleIntent) -> Caller:
    """`caller` with what he holds for some time."""
    granted = (each for each in held if policy.terms_of(each.group) is not None)
    return replace(caller, grants=tuple((each, policy.permissions_of((each.group,))) for each in granted))


def of_machine(token: MachineToken, policy: PeopleIntent) -> Caller:
    actor = Actor(f"machine:{token.name}", _THROUGH, f"machine-token:{token.id}")
    return Caller(actor, token.groups, policy.permissions_of(token.groups), machine=token)

"""Who operates Ringwork: the estate's `people` and groups. Nothing of it reaches a gateway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringwork.manifest.permissions import PERMISSIONS

PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who may take a grant without approval, and for how long at most."""

    groups: tuple[str, ...]
    longest_s: int


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """How somebody comes to be in a group for some time: members of `approvers` decide, `quorum` of them; `eligible`
    empty: whoever can log in may ask.
    """

    longest_s: int
    approvers: tuple[str, ...]
    quorum: int = 1
    eligible: tuple[str, ...] = ()
    one_at_a_time: bool = False
    break_glass: BreakGlass | None = None


@dataclass(frozen=True, slots=True)
class GroupIntent:
    """`claims`: claim of the provider → values, one of which makes a member. `grants` None: nobody is in it for some
    time only. `services`: those that are in it, sorted.
    """

    name: str
    description: str
    permissions: tuple[str, ...]
    claims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    grants: GrantTerms | None = None
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderIntent:
    """`client_secret` and `ca` are references."""

    issuer: str
    client_id: str
    client_secret: str | None
    scopes: tuple[str, ...]
    algorithms: tuple[str, ...]
    ca: str | None = None
    ask_consent: bool = False


@dataclass(frozen=True, slots=True)
class NotifyIntent:
    """Who is told of requests, decisions and grants; `secret` is a reference."""

    url: str
    secret: str | None = None


# Where the estate has no group at all, so that somebody can begin.
_BUILT_IN = GroupIntent(
    "platform-operations", "Operates the control plane; the estate has no groups yet.", tuple(PERMISSIONS)
)


@dataclass(frozen=True, slots=True)
class PeopleIntent:
    """`groups` are the estate's; `first_operator` empty: those that may let people in."""

    groups: tuple[GroupIntent, ...] = ()
    url: str | None = None
    provider: ProviderIntent | None = None
    lifetime_s: int = 12 * 3600
    idle_s: int = 3600
    recheck_s: int = 900
    first_operator: tuple[str, ...] = ()
    notify: NotifyIntent | None = None

    @property
    def effective_groups(self) -> tuple[GroupIntent, ...]:
        return self.groups or (_BUILT_IN,)

    def terms_of(self, group: str) -> GrantTerms | None:
        """How it is granted; None: it is not, or is not there."""
        return next((each.grants for each in self.groups if each.name == group), None)

    def permissions_of(self, groups: Iterable[str]) -> frozenset[str]:
        """All that members of these may do; a group that is not there any more gives nothing."""
        names = frozenset(groups)
        found = (group.permissions for group in self.effective_groups if group.name in names)
        return frozenset(each for permissions in found for each in permissions)

    def mapped(self) -> frozenset[tuple[str, str]]:
        """Claim and value of everything that leads to a group."""
        return frozenset(
            (claim, value)
            for group in self.groups
            for claim, values in group.claims.items()
            for value in values
        )

    def groups_of(self, claims: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Names of the groups that a person with these claims is in."""
        held = frozenset(claims)
        return tuple(
            group.name
            for group in self.groups
            if any((claim, value) in held for claim, values in group.claims.items() for value in values)
        )

    def groups_of_the_first(self) -> tuple[str, ...]:
        """What the first person who has an account here is in."""
        if self.first_operator:
            return self.first_operator
        return tuple(group.name for group in self.effective_groups if PEOPLE in group.permissions)

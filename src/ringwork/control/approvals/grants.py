"""Somebody is in a group for some time (requirement B10): asked for and approved, or taken when nobody is there to ask.

It ends by its own time, whoever is up: what holds is asked at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from ringwork.control.approvals.approvals import Approvals, Kind
from ringwork.control.approvals.gates import KIND as GATE
from ringwork.control.approvals.gates import GateRequests, gate_kind
from ringwork.control.approvals.model import Approval, Grant, Rule
from ringwork.control.approvals.ports import ApprovalRecords, GrantRecords
from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.ids import new_id
from ringwork.control.ledger.deeds import because
from ringwork.control.notices.model import Notice, notice_of
from ringwork.control.people.model import Person
from ringwork.intent.people import GrantTerms, PeopleIntent
from ringwork.kernel.clock import Clock, rfc3339
from ringwork.kernel.refusal import Refused

KIND = "grant"
_KEPT_FOR = timedelta(days=400)
# That it was used is written down this often, and no more.
_USED_EVERY = timedelta(seconds=30)


class Grants:
    """`policy` is what the live revision says of people; `settle` tells gateways what changed."""

    def __init__(
        self,
        records: GrantRecords,
        requests: ApprovalRecords,
        *,
        policy: Callable[[], PeopleIntent],
        settle: Callable[[], object],
        clock: Clock,
    ) -> None:
        self._records = records
        self._policy = policy
        self._settle = settle
        self._clock = clock
        self.approvals = Approvals(
            requests,
            {KIND: Kind(self._rule, self._granted), GATE: gate_kind()},
            told=self._told,
            settle=settle,
            clock=clock,
        )
        self.gates = GateRequests(requests, self.approvals)

    def prepare(
        self, person: Person, groups: Collection[str], group: str, lifetime: timedelta, reason: str
    ) -> Approval:
        """A request of a person in `groups`, not on record yet. Raises Refused."""
        terms = self._terms(groups, group)
        _demand_short(lifetime, terms.longest_s)
        if terms.eligible and not {*groups} & {*terms.eligible}:
            message = f"members of {', '.join(terms.eligible)} ask for {group}"
            raise Refused("grant-not-eligible", message, "`ringwork whoami` shows your groups.", status=403)
        _demand_room(group, self._policy(), self._records.held(person.id, self._now()))
        asked = {"group": group, "seconds": int(lifetime.total_seconds())}
        return self.approvals.prepare(KIND, asked, person.id, person.name, reason)

    def prepare_break_glass(
        self, person: Person, groups: Collection[str], group: str, lifetime: timedelta, reason: str
    ) -> Grant:
        """Without approval; holds nothing before it is taken. Raises Refused."""
        terms, now = self._terms(groups, group), self._now()
        glass = terms.break_glass
        if glass is None or not {*groups} & {*glass.groups}:
            message = f"you cannot take {group} without approval"
            help = "Ask for it: `ringwork grant ask`."
            raise Refused("grant-not-eligible", message, help, status=403)
        _demand_short(lifetime, glass.longest_s)
        return Grant(new_id(), person.id, person.name, group, reason, now, now + lifetime, broke_glass=True)

    def take(self, grant: Grant) -> None:
        """It holds from now on, and is on record as what it is. Raises Refused: it is not held beside another."""
        with because(grant.reason):
            room = self._policy()
            notice = self._told_of("grant.break-glass", grant)
            self._records.take(grant, lambda held: _demand_room(grant.group, room, held), notice)
        self._settle()

    def held_by(self, person: str) -> list[Grant]:
        """Those that hold now, whether or not their groups are granted still."""
        return self._records.held(person, self._now())

    def used(self, grant: Grant) -> None:
        """Something was done that only it allowed."""
        now = self._now()
        if grant.used_at is None or now - grant.used_at >= _USED_EVERY:
            self._records.used(grant.id, now)

    def find(self, grant_id: str) -> Grant:
        """Raises Refused when there is none."""
        found = self._records.find(grant_id)
        if found is None:
            raise _unknown(grant_id)
        return found

    def end(self, grant_id: str, why: str, demand: Demand[Grant] = nothing_demanded) -> Grant:
        """At once; again is no error. Raises Refused when there is none."""
        ended = self._records.end(
            grant_id, self._now(), why, demand, lambda grant: self._told_of("grant.ended", grant)
        )
        if ended is None:
            raise _unknown(grant_id)
        self._settle()
        return ended

    def end_of(self, person: str, why: str) -> None:
        """Each is a deed of its own."""
        for each in self._records.held(person, self._now()):
            self.end(each.id, why)

    def forget_old(self) -> None:
        self._records.forget(self._now() - _KEPT_FOR)
        self.approvals.forget_old()

    def list(self, *, limit: int, after: str = "") -> list[Grant]:
        return self._records.all(limit=limit, after=after)

    def _terms(self, groups: Collection[str], group: str) -> GrantTerms:
        """Raises Refused: there is no such group, it is not granted, or held anyway."""
        policy = self._policy()
        known = {each.name for each in policy.effective_groups}
        if group not in known:
            message, help = f'there is no group "{group}"', f"The estate has: {', '.join(sorted(known))}."
            raise Refused("group-unknown", message, help)
        terms = policy.terms_of(group)
        if terms is None:
            help = "What may be granted says so in the estate: `grants` in groups/*.yaml."
            raise Refused("group-not-granted", f"{group} is not granted", help, status=409)
        if group in groups:
            raise Refused("group-held", f"you are in {group} anyway", "Nothing is to be done.", status=409)
        return terms

    def _rule(self, approval: Approval) -> Rule | None:
        terms = self._policy().terms_of(approval.asked["group"])
        return None if terms is None else Rule(terms.approvers, terms.quorum)

    def _granted(self, approval: Approval, held: Sequence[Grant], now: datetime) -> Grant:
        """Never longer than the estate allows by now."""
        group, policy = approval.asked["group"], self._policy()
        terms = policy.terms_of(group)
        assert terms is not None  # the rule was there
        _demand_room(group, policy, held)
        seconds = min(approval.asked["seconds"], terms.longest_s)
        until = now + timedelta(seconds=seconds)
        return Grant(approval.id, approval.by, approval.name, group, approval.reason, now, until)

    def _told(self, kind: str, approval: Approval, rule: Rule | None) -> Notice | None:
        """What somebody elsewhere hears of a request."""
        if self._policy().notify is None:
            return None
        data = {
            "id": approval.id,
            "kind": approval.kind,
            "asked": dict(approval.asked),
            "by": {"id": approval.by, "name": approval.name},
            "reason": approval.reason,
            "expires_at": rfc3339(approval.expires_at),
            "groups": [] if rule is None else list(rule.groups),
            "quorum": 0 if rule is None else rule.quorum,
            "decisions": [
                {"by": each.by, "approves": each.approves, "note": each.note} for each in approval.decisions
            ],
        }
        return notice_of(f"{approval.id}.{kind}", kind, self._now(), data)

    def _told_of(self, kind: str, grant: Grant) -> Notice | None:
        """What he hears of a grant no request tells of."""
        if self._policy().notify is None:
            return None
        data = {
            "id": grant.id,
            "group": grant.group,
            "by": {"id": grant.person, "name": grant.name},
            "reason": grant.reason,
            "since": rfc3339(grant.since),
            "until": rfc3339(grant.until),
            "ended_because": grant.ended_because,
        }
        return notice_of(f"{grant.id}.{kind}", kind, self._now(), data)

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _demand_short(lifetime: timedelta, longest_s: int) -> None:
    if lifetime > timedelta(seconds=longest_s):
        message = f"the estate allows {timedelta(seconds=longest_s)} at most"
        raise Refused("lifetime-too-long", message, "Ask for less.")


def _demand_room(group: str, policy: PeopleIntent, held: Sequence[Grant]) -> None:
    """Nobody holds a group twice, nor anything beside what is held alone."""
    if any(each.group == group for each in held):
        message = f"this person holds {group} already"
        raise Refused("grant-held", message, "End it first: `ringwork grant end`.", status=409)
    alone = {each.name for each in policy.groups if each.grants is not None and each.grants.one_at_a_time}
    other = next((each for each in held if group in alone or each.group in alone), None)
    if other is not None:
        message = f"{group} is not held beside {other.group}: one at a time"
        raise Refused("grant-one-at-a-time", message, "End the other: `ringwork grant end`.", status=409)


def _unknown(grant_id: str) -> Refused:
    help = "`ringwork grant list` shows them."
    return Refused("grant-unknown", f"there is no grant {grant_id}", help, status=404)

"""Tokens of machines: named, with groups and an end; shown once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.people.callers import Caller, of_machine
from ringwork.control.people.model import MachineToken
from ringwork.control.people.ports import MachineTokenRecords
from ringwork.control.people.tokens import MACHINE, Minted, hashed, minted
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

LONGEST_LIFETIME = timedelta(days=366)
MOST_GOOD = 1_000
_USED_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class PreparedMachineToken:
    """Not on record yet."""

    token: Minted
    record: MachineToken


class MachineTokens:
    def __init__(
        self, records: MachineTokenRecords, *, policy: Callable[[], PeopleIntent], clock: Clock
    ) -> None:
        self._records = records
        self._policy = policy
        self._clock = clock

    def prepare(
        self, name: str, groups: Sequence[str], lifetime: timedelta, by: Caller
    ) -> PreparedMachineToken:
        """Raises Refused: groups nobody knows, or that are more than `by` has; too many tokens."""
        given = tuple(dict.fromkeys(groups))
        by.demand_may_give(given, self._policy())
        token, now = minted(MACHINE), self._now()
        if self._records.good(now) >= MOST_GOOD:
            message, help = f"there are {MOST_GOOD} machine tokens", "Revoke those nobody uses."
            raise Refused("machine-tokens-too-many", message, help, status=409)
        return PreparedMachineToken(
            token, MachineToken(token.id, token.sha256, name, given, now, now + lifetime)
        )

    def keep(self, prepared: PreparedMachineToken) -> None:
        self._records.add(prepared.record)

    def recognise(self, token: str) -> Caller:
        """Raises Refused (401)."""
        found, now = self._records.found(hashed(token)), self._now()
        if found is None or found.revoked_at is not None or now >= found.expires_at:
            raise Refused(
                "token-invalid",
                "this machine token is unknown, was revoked, or has expired",
                "Have another made: `ringwork machine-token create`.",
                status=401,
            )
        if found.used_at is None or now - found.used_at >= _USED_EVERY:
            self._records.used(found.id, now)
        return of_machine(found, self._policy())

    def list(self, *, limit: int, after: str = "") -> list[MachineToken]:
        return self._records.all(limit=limit, after=after)

    def demand(self, token_id: str) -> MachineToken:
        """Raises Refused when there is none."""
        found = self._records.find(token_id)
        if found is None:
            raise _unknown(token_id)
        return found

    def revoke(self, token_id: str, demand: Demand[MachineToken] = nothing_demanded) -> MachineToken:
        """At once; again is no error. Raises Refused when there is none."""
        ended = self._records.revoke(token_id, self._now(), demand)
        if ended is None:
            raise _unknown(token_id)
        return ended

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _unknown(token_id: str) -> Refused:
    message, help = f"there is no machine token {token_id}", "`ringwork machine-token list` shows them."
    return Refused("machine-token-unknown", message, help, status=404)

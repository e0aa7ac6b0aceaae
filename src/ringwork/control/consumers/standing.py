"""What accounts and applications have in common: they are found, suspended and resumed."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from ringwork.control.consumers.model import Account, Application
from ringwork.control.consumers.ports import StandingRecords
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.ledger.deeds import because as for_reason
from ringwork.control.node import NodeIdentity
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

T = TypeVar("T", bound=Account | Application)


class Standings(Generic[T]):
    """`noun`: what one is called. What changes keys is known to the gateway when the method returns."""

    def __init__(self, noun: str, records: StandingRecords[T], node: NodeIdentity, *, clock: Clock) -> None:
        self._noun = noun
        self._standing = records
        self._node = node
        self._clock = clock

    def demand(self, record_id: str) -> T:
        """Raises Refused when there is none of this id."""
        return self._there(self._standing.find(record_id), record_id)

    def suspend(
        self,
        record_id: str,
        because: str,
        demand: Demand[T] = nothing_demanded,
        foretold: Foretold[T] = nothing_foretold,
    ) -> T:
        """None of its keys works any more. Again is no error. Raises Refused."""
        with for_reason(because):
            changed = self._standing.suspend(record_id, self._now(), because, demand, foretold)
        return self._done(changed, record_id)

    def resume(
        self,
        record_id: str,
        demand: Demand[T] = nothing_demanded,
        foretold: Foretold[T] = nothing_foretold,
    ) -> T:
        """Its keys work again, but for revoked ones, and those that are suspended by what is beside it: an application
        of the account, or the account of the application.
        """
        return self._done(self._standing.resume(record_id, self._now(), demand, foretold), record_id)

    def _done(self, changed: T | None, record_id: str) -> T:
        found = self._there(changed, record_id)
        self._node.bring_up_to_date()
        return found

    def _there(self, found: T | None, record_id: str) -> T:
        if found is None:
            message, help = (
                f"there is no {self._noun} {record_id}",
                f"`ringwork {self._noun} list` shows them.",
            )
            raise Refused(f"{self._noun}-unknown", message, help, status=404)
        return found

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)

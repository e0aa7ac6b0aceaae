"""Accounts of consumers: a partner's is there because the estate has the partner, a developer's is made here."""

from __future__ import annotations

from datetime import datetime

from ringwork.control.consumers.model import DEVELOPER, PARTNER, Account
from ringwork.control.consumers.ports import AccountRecords
from ringwork.control.consumers.words import checked_name, new_id
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.ledger.deeds import because as for_reason
from ringwork.control.node import NodeIdentity
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused


class Accounts:
    """What changes keys is known to the gateway when the method returns."""

    def __init__(self, records: AccountRecords, node: NodeIdentity, *, clock: Clock) -> None:
        self._records = records
        self._node = node
        self._clock = clock

    def list(self, *, limit: int, after: str = "") -> list[Account]:
        return self._records.all(limit=limit, after=after)

    def demand(self, account_id: str) -> Account:
        """Raises Refused when there is none of this id."""
        return _there(self._records.find(account_id), account_id)

    def of_partner(self, name: str) -> Account | None:
        return self._records.named(PARTNER, name)

    def create(
        self, name: str, contact: str | None = None, foretold: Foretold[Account] = nothing_foretold
    ) -> Account:
        """A developer's. Raises Refused when there is one of this name."""
        contact = None if contact is None else checked_name("contact", contact)
        account = Account(new_id(), DEVELOPER, checked_name("consumer", name), self._now(), contact)
        if not self._records.add(account, foretold):
            help = "Take it: `ringwork account list` shows its id. Or choose another name."
            raise Refused("account-exists", f'there is an account "{name}"', help, status=409)
        return account

    def suspend(
        self,
        account_id: str,
        because: str,
        demand: Demand[Account] = nothing_demanded,
        foretold: Foretold[Account] = nothing_foretold,
    ) -> Account:
        """No key of any of its applications works any more. Again is no error. Raises Refused."""
        with for_reason(because):
            changed = self._records.suspend(account_id, self._now(), because, demand, foretold)
        return self._done(changed, account_id)

    def resume(
        self,
        account_id: str,
        demand: Demand[Account] = nothing_demanded,
        foretold: Foretold[Account] = nothing_foretold,
    ) -> Account:
        """Its keys work again, but for revoked ones and those of applications that are suspended themselves."""
        return self._done(self._records.resume(account_id, self._now(), demand, foretold), account_id)

    def _done(self, changed: Account | None, account_id: str) -> Account:
        found = _there(changed, account_id)
        self._node.bring_up_to_date()
        return found

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


def _there(found: Account | None, account_id: str) -> Account:
    if found is None:
        help = "`ringwork account list` shows them."
        raise Refused("account-unknown", f"there is no account {account_id}", help, status=404)
    return found

"""Accounts of consumers: a partner's is there because the estate has the partner, a developer's is made here."""

from __future__ import annotations

from ringwork.control.consumers.model import DEVELOPER, PARTNER, Account
from ringwork.control.consumers.ports import AccountRecords
from ringwork.control.consumers.standing import Standings
from ringwork.control.consumers.words import checked_name
from ringwork.control.demands import Foretold, nothing_foretold
from ringwork.control.ids import new_id
from ringwork.control.node import NodeIdentity
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused


class Accounts(Standings[Account]):
    def __init__(self, records: AccountRecords, node: NodeIdentity, *, clock: Clock) -> None:
        super().__init__("account", records, node, clock=clock)
        self._records = records

    def list(self, *, limit: int, after: str = "") -> list[Account]:
        return self._records.all(limit=limit, after=after)

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

"""What a link of a handover shows: first that something waits, and to whoever says so, once, the secrets.

Programs open links before people do, to look for malware or to draw a preview: to read one is to send the page's form.
"""

from __future__ import annotations

from ringwork.audience import Audience
from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.model import PARTNER
from ringwork.control.handovers.handovers import Handovers
from ringwork.control.handovers.model import Handover
from ringwork.portal.answers import Content
from ringwork.portal.pages import Pages


class Handing:
    """Of one ring: what is for somebody of another is nowhere here."""

    def __init__(self, ring: Audience, handovers: Handovers, accounts: Accounts) -> None:
        self._ring = ring
        self._handovers = handovers
        self._accounts = accounts
        self._pages = Pages(ring)

    def page(self, token: str) -> Content | None:
        """What waits, or when it was read; None: nothing is there."""
        found = self._found(token)
        return None if found is None else self._pages.handover(*found, secrets=None)

    def read(self, token: str) -> Content | None:
        """The secrets, this once. Raises Refused: they cannot be read any more."""
        found = self._found(token)
        if found is None:
            return None
        opened = self._handovers.open(token)
        if opened is None:  # whoever was first has them
            return self.page(token)
        return self._pages.handover(*found, secrets=opened)

    def _found(self, token: str) -> tuple[str, Handover] | None:
        """What is there, after the name of the account it is for."""
        found = self._handovers.behind(token)
        if found is None:
            return None
        account = self._accounts.demand(found.account)
        ring = Audience.PARTNER if account.kind == PARTNER else Audience.PUBLIC
        return (account.name, found) if ring is self._ring else None

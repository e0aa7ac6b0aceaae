"""Joining by invitation: whoever has the link chooses the password."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ringwork.api.entrance.addresses import JOIN
from ringwork.api.entrance.forms import demand_own_page, form_of
from ringwork.api.entrance.pages import message, page
from ringwork.api.entrance.rates import Rates
from ringwork.control.people.model import Invitation
from ringwork.control.people.passwords import LONGEST, SHORTEST
from ringwork.control.people.people import People
from ringwork.kernel.refusal import Refused

# As `api/words.py` has it.
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


class Joining:
    def __init__(self, people: People, rates: Rates) -> None:
        self._people = people
        self._rates = rates

    async def invited(self, request: Request) -> Response:
        token = request.path_params["token"]
        self._rates.code()
        return await self._page(token, await run_in_threadpool(self._people.accounts.invited, token))

    async def joined(self, request: Request) -> Response:
        demand_own_page(request, await run_in_threadpool(self._people.policy))
        token, form = request.path_params["token"], await form_of(request)
        self._rates.code()
        invitation = await run_in_threadpool(self._people.accounts.invited, token)
        name, password = form.get("name", ""), form.get("password", "")
        if not invitation.name and not _NAME.fullmatch(name):
            wrong = "A name has letters, digits and . _ @ + - and begins with a letter or a digit."
            return await self._page(token, invitation, name, wrong)
        if password != form.get("again"):
            return await self._page(token, invitation, name, "The two passwords are not the same.")
        try:
            person = await run_in_threadpool(self._people.accounts.join, token, name, password)
        except Refused as refused:
            if refused.code != "password-unfit":
                raise
            return await self._page(
                token, invitation, name, f"{refused.message.capitalize()}. {refused.help}"
            )
        text = f"You are {person.name}. Log in with: ringwork login"
        return message("Welcome", text, "This page can be closed.")

    async def _page(self, token: str, invitation: Invitation, name: str = "", wrong: str = "") -> Response:
        first, policy = not invitation.name, await run_in_threadpool(self._people.policy)
        groups = policy.groups_of_the_first() if first else invitation.groups
        return page(
            "join",
            422 if wrong else 200,
            action=JOIN + token,
            first=first,
            groups=groups,
            name=invitation.name or name[:100],
            wrong=wrong,
            shortest=SHORTEST,
            longest=LONGEST,
        )

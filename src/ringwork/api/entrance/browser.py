"""What a browser does at login: a code, the provider or a password, and a last look at who will act in one's name."""

from __future__ import annotations

import hmac
import re
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ringwork.api.entrance.addresses import CALLBACK, CONFIRM, LOGIN, PASSWORD, base_of
from ringwork.api.entrance.commands import demand_client
from ringwork.api.entrance.forms import cookie_for, cookie_of, demand_csrf, demand_own_page, form_of, query_of
from ringwork.api.entrance.pages import message, page
from ringwork.api.entrance.rates import Rates
from ringwork.control.people.logins import LIFETIME, Asked, OAuthError, Visit
from ringwork.control.people.model import Arrived
from ringwork.control.people.people import People
from ringwork.control.people.provider.client import Provider
from ringwork.control.people.provider.words import Denied, Unanswered
from ringwork.kernel.refusal import Refused

_CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")
_STATE = re.compile("[!-~]{1,512}")
_LOOPBACKS = ("127.0.0.1", "::1")
_LONGEST_URL = 2_000
# Until a browser leaves a page that says why.
_READING_S = 5


class Browser:
    def __init__(self, people: People, rates: Rates) -> None:
        self._people = people
        self._rates = rates

    async def code(self, request: Request) -> Response:
        """Asks for the code that a command shows."""
        shown = request.query_params.get("user_code", "")[:20]
        return page("code", action=LOGIN, user_code=shown, wrong="")

    async def entered(self, request: Request) -> Response:
        """With a code: on to the provider, or to the password."""
        demand_own_page(request, await run_in_threadpool(self._people.policy))
        form = await form_of(request)
        self._rates.code()
        given = form.get("user_code", "")
        asked = self._people.logins.with_code(given)
        if asked is None:
            wrong = "There is no login with this code. Is it typed as it is shown, and not older than ten minutes?"
            return page("code", 400, action=LOGIN, user_code=given[:20], wrong=wrong)
        return await self._begun(request, asked)

    async def authorize(self, request: Request) -> Response:
        """Where a command that waits on loopback sends the browser (RFC 6749 §4.1.1, RFC 8252 §7.3)."""
        self._rates.beginning()
        asked = query_of(request)
        try:
            demand_client(asked)
        except OAuthError as error:
            raise Refused(error.error.replace("_", "-"), error.description, "Use `ringwork login`.") from None
        receiver = asked.get("redirect_uri", "")
        challenge, state = asked.get("code_challenge", ""), asked.get("state", "")
        if (
            not _is_loopback(receiver)
            or asked.get("response_type") != "code"
            or asked.get("code_challenge_method") != "S256"
            or not _CHALLENGE.fullmatch(challenge)
            or not _STATE.fullmatch(state)
        ):
            help = (
                "Use `ringwork login`: it waits on 127.0.0.1 or [::1], and sends state and an S256 challenge."
            )
            raise Refused("request-malformed", "this is no request of `ringwork login`", help)
        begun = self._people.logins.begin_at(
            receiver, challenge=challenge, state=state, device=asked.get("device", "")
        )
        return await self._begun(request, begun)

    async def password(self, request: Request) -> Response:
        visit = self._visit(request)
        return page("password", action=PASSWORD, csrf=visit.csrf, name="", wrong="")

    async def with_password(self, request: Request) -> Response:
        """One answer for a name nobody has and a password that is wrong, which takes as long."""
        demand_own_page(request, await run_in_threadpool(self._people.policy))
        visit, form = self._visit(request), await form_of(request)
        demand_csrf(visit, form)
        name = form.get("name", "")
        self._rates.password(name)
        arrived = await run_in_threadpool(self._people.accounts.arrived, name, form.get("password", ""))
        if arrived is None:
            wrong = "Name or password is wrong."
            return page("password", 403, action=PASSWORD, csrf=visit.csrf, name=name[:100], wrong=wrong)
        return await self._welcomed(visit, arrived)

    async def callback(self, request: Request) -> Response:
        """The provider sends the browser back (OpenID Connect Core §3.1.2.5)."""
        visit, said = self._visit(request), query_of(request)
        state, visit.state = visit.state, ""  # good for one answer
        if not state or not hmac.compare_digest(said.get("state", "").encode(), state.encode()):
            help = "Begin anew: `ringwork login`. Somebody may have sent you a link of a login that is not yours."
            raise Refused("login-foreign", "this answer is of another login", help, status=403)
        try:
            provider = await run_in_threadpool(self._provider)
            await run_in_threadpool(provider.demand_from_it, said.get("iss"))
            if "error" in said:
                raise Denied("the provider did not let you in")
            base = base_of(request, await run_in_threadpool(self._people.policy))
            arrived = await run_in_threadpool(self._identified, provider, visit, said.get("code", ""), base)
        except Denied as denied:
            return self._let_down(visit, f"{denied}.", 403)
        except Unanswered as unanswered:
            return self._let_down(visit, f"{unanswered}.", 503)
        return await self._welcomed(visit, arrived)

    async def confirm(self, request: Request) -> Response:
        visit = self._visit(request)
        if visit.arrived is None:
            raise _over()
        groups = await run_in_threadpool(self._people.sessions.groups_of, visit.arrived)
        return page(
            "confirm",
            action=CONFIRM,
            csrf=visit.csrf,
            person=visit.arrived.person.name,
            groups=groups,
            device=visit.asked.device or "this machine",
            user_code=visit.asked.user_code,
        )

    async def confirmed(self, request: Request) -> Response:
        demand_own_page(request, await run_in_threadpool(self._people.policy))
        visit, form = self._visit(request), await form_of(request)
        demand_csrf(visit, form)
        if form.get("answer") != "allow":
            return self._let_down(visit, "You refused.", 200)
        code = self._people.logins.approve(visit)
        if code is None:
            return message("You are logged in", "Go back to the terminal. This page can be closed.")
        base = base_of(request, await run_in_threadpool(self._people.policy))
        url = _receiver_url(visit.asked, code=code, iss=base)
        return page("onward", heading="You are logged in", url=url)

    async def _begun(self, request: Request, asked: Asked) -> Response:
        base = base_of(request, await run_in_threadpool(self._people.policy))
        name, visit = self._people.logins.visit(asked)
        response = await run_in_threadpool(self._onward, visit, base)
        response.headers["set-cookie"] = cookie_for(base, name, int(LIFETIME.total_seconds()))
        return response

    def _onward(self, visit: Visit, base: str) -> Response:
        try:
            provider = self._people.provider()
            if provider is None:
                return RedirectResponse(PASSWORD, 303)
            url = provider.login_url(
                redirect_uri=base + CALLBACK, state=visit.state, nonce=visit.nonce, challenge=visit.challenge
            )
        except Unanswered as unanswered:
            return message("Nobody can log in now", f"{unanswered}.", "Try again soon.", 503)
        # A page and no redirect: a form may lead to this site alone, wherever that would lead on to.
        return page("onward", heading="On to your organisation's login", url=url)

    def _provider(self) -> Provider:
        provider = self._people.provider()
        if provider is None:
            raise Denied("people log in here with a password now")
        return provider

    def _identified(self, provider: Provider, visit: Visit, code: str, base: str) -> Arrived:
        found = provider.identified(
            code,
            verifier=visit.verifier,
            nonce=visit.nonce,
            redirect_uri=base + CALLBACK,
            wanted=self._people.policy().mapped(),
        )
        return self._people.arrived(found, provider.said.issuer)

    async def _welcomed(self, visit: Visit, arrived: Arrived) -> Response:
        if not await run_in_threadpool(self._people.sessions.groups_of, arrived):
            text = f"{arrived.person.name} is in no group of this control plane."
            return self._let_down(visit, text, 403)
        visit.arrived = arrived
        return RedirectResponse(CONFIRM, 303)

    def _let_down(self, visit: Visit, text: str, status: int) -> Response:
        """Ends the login, and tells the command that waits for it: now, or when it asks next."""
        self._people.logins.refuse(visit)
        heading = "You are not logged in"
        if visit.asked.receiver is None:
            return message(heading, text, "To try again: `ringwork login`.", status)
        url = _receiver_url(visit.asked, error="access_denied", error_description=text)
        return page("onward", status, heading=heading, text=text, delay=_READING_S, url=url)

    def _visit(self, request: Request) -> Visit:
        found = self._people.logins.visiting(cookie_of(request))
        if found is None:
            raise _over()
        return found


def _receiver_url(asked: Asked, **said: str) -> str:
    """Where the command waits on loopback, with what it is told (RFC 6749 §4.1.2)."""
    assert asked.receiver is not None
    query = urlencode(said | {"state": asked.state or ""})
    return f"{asked.receiver}{'&' if '?' in asked.receiver else '?'}{query}"


def _is_loopback(url: str) -> bool:
    """RFC 8252 §7.3, §8.3: addresses, no names."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        return False
    plain = re.fullmatch("[!-~]+", url) is not None and not found.fragment and found.username is None
    is_one = found.scheme == "http" and found.hostname in _LOOPBACKS and port is not None
    return plain and is_one and len(url) <= _LONGEST_URL


def _over() -> Refused:
    help = "Begin anew: `ringwork login`. Cookies of this site must be allowed."
    return Refused("login-over", "this login is over, or was begun in another browser", help, status=403)

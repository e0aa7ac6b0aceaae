"""What a browser does: an application sends it here, the user says who he is and what he allows, and it goes back.

No page has a script, and none is in a frame. What the browser is in the middle of is sealed in its cookie.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ringwork.api.authorization.pages import message, page
from ringwork.api.limits import Limit, Limits
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.users.authorization import UserAuthorization, login_over
from ringwork.control.oauth.users.model import User
from ringwork.control.oauth.users.requests import Misdirected, only
from ringwork.control.oauth.users.visits import LIFETIME, TooLong, Visit
from ringwork.control.people.provider.words import Denied, Unanswered
from ringwork.kernel.refusal import Refused

AUTHORIZE = "/authorize"
CONSENT = "/authorize/consent"
ALLOWED = "/authorize/allowed"
# Of all browsers together: each has us ask the provider.
_LOGINS = Limit(per_minute=600, burst=200)
_MOST_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"
_COOKIE = "ringwork-user"
# Until a browser leaves a page that says why.
_READING_S = 5

_log = logging.getLogger("ringwork.authorization")


class Browser:
    def __init__(self, users: UserAuthorization) -> None:
        self._users = users
        self._logins = Limits(_LOGINS)

    async def authorize(self, request: Request) -> Response:
        """RFC 6749 §4.1.1."""
        return await run_in_threadpool(self._authorize, _pairs(request.url.query))

    async def allowed(self, request: Request) -> Response:
        """What a user allowed, once he said who he is."""
        return await run_in_threadpool(self._allowed, request)

    async def callback(self, request: Request) -> Response:
        """The provider sends the browser back (OpenID Connect Core §3.1.2.5)."""
        return await run_in_threadpool(self._callback, request)

    async def consent(self, request: Request) -> Response:
        return await run_in_threadpool(self._consent, request)

    async def consented(self, request: Request) -> Response:
        form = await _form_of(request)
        return await run_in_threadpool(self._consented, request, form)

    async def taken_back(self, request: Request) -> Response:
        form = await _form_of(request)
        return await run_in_threadpool(self._taken_back, request, form)

    def _authorize(self, pairs: Sequence[tuple[str, str]]) -> Response:
        try:
            return self._begun(self._users.visits.begin(self._users.request(pairs)))
        except Misdirected as misdirected:
            return _found(self._users.declined(misdirected))

    def _allowed(self, request: Request) -> Response:
        self._users.terms()
        visit = self._visiting(request)
        if visit is None or visit.user is None or visit.request is not None:
            return self._begun(self._users.visits.begin(None))
        return self._overview(visit, visit.user)

    def _begun(self, visit: Visit) -> Response:
        try:
            response = _found(self._users.login_url(visit))
        except Unanswered as unanswered:
            return self._unanswered(unanswered, visit)
        return self._with(response, visit)

    def _callback(self, request: Request) -> Response:
        visit, pairs = self._demand(request), _pairs(request.url.query)
        wait_s = self._logins.take("", time.monotonic_ns()).wait_s
        if wait_s:
            return _wait(wait_s)
        try:
            said = {name: only(pairs, name) or "" for name, _ in pairs}
        except Declined:
            raise login_over() from None
        try:
            arrived = self._users.arrived(visit, said if "iss" in said else _without_empty(said))
        except Denied as denied:
            return self._let_down(visit, f"{denied}.", "access_denied", 403)
        except Unanswered as unanswered:
            return self._unanswered(unanswered, visit)
        return self._welcomed(arrived)

    def _welcomed(self, visit: Visit) -> Response:
        if visit.request is None:
            return self._with(_found(ALLOWED), visit)
        if self._users.must_ask(visit):
            return self._with(_found(CONSENT), visit)
        return self._over(_found(self._users.allow(visit)))

    def _consent(self, request: Request) -> Response:
        visit = self._demand(request)
        asked = self._users.asked(visit)
        return page(
            "consent",
            action=CONSENT,
            overview=ALLOWED,
            csrf=visit.csrf,
            asked=asked,
            receiver=_place(asked.receiver),
        )

    def _consented(self, request: Request, form: dict[str, str]) -> Response:
        visit = self._answering(request, form)
        if form.get("answer") == "allow":
            heading, url = "Thank you", self._users.allow(visit)
        else:
            heading, url = "You refused", self._users.refuse(visit)
        # A page and no redirect: a form may lead to this site alone, wherever that would lead on to.
        return self._over(page("onward", heading=heading, url=url))

    def _taken_back(self, request: Request, form: dict[str, str]) -> Response:
        visit = self._answering(request, form)
        if visit.user is None or visit.request is not None:
            raise login_over()
        self._users.take_back(visit.user, form.get("application", ""))
        return self._overview(visit, visit.user, "It may not act for you any more.")

    def _overview(self, visit: Visit, user: User, told: str = "") -> Response:
        applications = self._users.allowed(user)
        return page(
            "allowed",
            action=ALLOWED,
            csrf=visit.csrf,
            user=user.name,
            applications=applications,
            told=told,
        )

    def _answering(self, request: Request, form: dict[str, str]) -> Visit:
        """The visit a form is of. Raises Refused for one of another site, and of another visit."""
        origin = request.headers.get("origin")
        own = urlsplit(self._users.terms().server.issuer).netloc
        is_ours = urlsplit(origin).netloc.lower() == own if origin is not None else _same_origin(request)
        visit = self._demand(request)
        given, expected = form.get("csrf", "").encode(), visit.csrf.encode()
        if not is_ours or not expected or not hmac.compare_digest(given, expected):
            help = "Begin anew, in the application."
            raise Refused(
                "form-foreign", "this form is of another site, or of another login", help, status=403
            )
        return visit

    def _unanswered(self, unanswered: Unanswered, visit: Visit) -> Response:
        _log.error("a user could not log in: %s", unanswered)
        return self._let_down(visit, "Nobody can log in now.", "temporarily_unavailable", 503)

    def _let_down(self, visit: Visit, text: str, code: str, status: int) -> Response:
        """Says why, and tells the application."""
        text = f"{text[:1].upper()}{text[1:]}"
        url = self._users.let_down(visit, code)
        if url is None:
            return self._over(message("You are not logged in", text, "", status))
        shown = page("onward", status, heading="You are not logged in", text=text, delay=_READING_S, url=url)
        return self._over(shown)

    def _demand(self, request: Request) -> Visit:
        found = self._visiting(request)
        if found is None:
            raise login_over()
        return found

    def _visiting(self, request: Request) -> Visit | None:
        return self._users.visits.opened(request.cookies.get(self._cookie()))

    def _with(self, response: Response, visit: Visit) -> Response:
        """Raises Refused for more than a cookie holds."""
        try:
            value = self._users.visits.sealed(visit)
        except TooLong:
            help = "Its developer asks for less."
            raise Refused("request-too-long", "the application asks too much at once", help) from None
        return self._cookied(response, value, int(LIFETIME.total_seconds()))

    def _over(self, response: Response) -> Response:
        return self._cookied(response, "", 0)

    def _cookied(self, response: Response, value: str, lifetime_s: int) -> Response:
        secure = "; Secure" if self._is_https() else ""
        said = f"{self._cookie()}={value}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite=Lax{secure}"
        response.headers["set-cookie"] = said
        return response

    def _cookie(self) -> str:
        return f"__Host-{_COOKIE}" if self._is_https() else _COOKIE

    def _is_https(self) -> bool:
        return self._users.terms().server.issuer.startswith("https://")


def _pairs(query: str) -> list[tuple[str, str]]:
    """Raises Refused."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise Refused("request-malformed", "this address cannot be read", "Begin anew.") from None


async def _form_of(request: Request) -> dict[str, str]:
    """Raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        pairs = _pairs((await request.body()).decode()) if kind == _FORM else []
    except ValueError:
        pairs = []
    if not pairs or len(dict(pairs)) != len(pairs):
        raise Refused("form-malformed", "this form cannot be taken", "Begin anew, in the application.")
    return dict(pairs)


def _same_origin(request: Request) -> bool:
    """Browsers say whose page sent it, where they say no origin (Fetch Metadata)."""
    return request.headers.get("sec-fetch-site") == "same-origin"


def _without_empty(said: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in said.items() if value}


def _place(receiver: str) -> str:
    """As much of an address as tells a person whose it is."""
    found = urlsplit(receiver)
    return found.netloc or f"{found.scheme}:"


def _found(url: str) -> Response:
    return RedirectResponse(url, 303)


def _wait(wait_s: int) -> Response:
    response = message("Too many people log in at once", "Try again soon.", "", 429)
    response.headers["retry-after"] = str(wait_s)
    return response

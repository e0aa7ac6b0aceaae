"""What browsers and commands send: small forms, believed only from pages of this control plane."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from ringwork.control.people.logins import Visit
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.refusal import Refused

_MOST_FIELDS = 20
_FORM = "application/x-www-form-urlencoded"
_COOKIE = "ringwork-login"


async def form_of(request: Request) -> dict[str, str]:
    """Fields by name. Raises Refused for what is no form, or says something twice (RFC 6749 §3.2)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise _malformed(f"it is not {_FORM}")
    try:
        fields = parse_qsl(
            (await request.body()).decode(),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise _malformed("it cannot be read") from None
    return _once(fields)


def query_of(request: Request) -> dict[str, str]:
    """Raises Refused where something is said twice."""
    return _once(request.query_params.multi_items())


def demand_own_page(request: Request, policy: PeopleIntent) -> None:
    """Raises Refused for a form of another site: browsers say whose page sent it (RFC 6454 §7.3)."""
    origin = request.headers.get("origin")
    ours = {request.headers["host"].lower()} | ({urlsplit(policy.url).netloc} if policy.url else set())
    if origin is None:
        is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        is_ours = urlsplit(origin).netloc.lower() in ours
    if not is_ours:
        help = "Begin anew, from the address `ringwork login` shows."
        raise Refused("form-foreign", "this form is of another site", help, status=403)


def demand_csrf(visit: Visit, form: dict[str, str]) -> None:
    """Raises Refused for a form that was not shown to this browser."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), visit.csrf.encode()):
        help = "Begin anew: `ringwork login`."
        raise Refused("form-foreign", "this form is of another login", help, status=403)


def cookie_of(request: Request) -> str | None:
    return request.cookies.get(f"__Host-{_COOKIE}") or request.cookies.get(_COOKIE)


def cookie_for(base: str, value: str, lifetime_s: int) -> str:
    """Sent back by the browser when the provider sends it here, and shown to no script (RFC 6265bis)."""
    is_https = base.startswith("https://")
    name = f"__Host-{_COOKIE}" if is_https else _COOKIE
    secure = "; Secure" if is_https else ""
    return f"{name}={value}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite=Lax{secure}"


def _once(fields: list[tuple[str, str]]) -> dict[str, str]:
    found = dict(fields)
    if len(found) != len(fields):
        raise _malformed("it says something twice")
    return found


def _malformed(why: str) -> Refused:
    return Refused("form-malformed", f"this form cannot be taken: {why}", "Begin anew: `ringwork login`.")

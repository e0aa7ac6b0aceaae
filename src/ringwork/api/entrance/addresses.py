"""Where browsers find the control plane."""

from __future__ import annotations

from starlette.requests import Request

from ringwork.intent.people import PeopleIntent

LOGIN = "/login"
AUTHORIZE = "/login/authorize"
CALLBACK = "/login/callback"
PASSWORD = "/login/password"
CONFIRM = "/login/confirm"
DEVICE = "/login/device"
TOKEN = "/login/token"
BACKCHANNEL = "/login/backchannel"
METADATA = "/.well-known/oauth-authorization-server"
STYLE = "/login/style.css"
JOIN = "/join/"


def base_of(request: Request, policy: PeopleIntent) -> str:
    """`people.url`, or what the request itself came to: its host was found to be ours."""
    return policy.url or f"http://{request.headers['host']}"


def invitation_link(base: str, token: str) -> str:
    return f"{base}{JOIN}{token}"

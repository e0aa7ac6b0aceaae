"""`ringwork login`, `logout`, `whoami`."""

from __future__ import annotations

import os
import secrets
import socket
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import Target, ask, place_of, said_by, sent, target_of
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State
from ringwork.cli.runtime_commands.receiving import Receiver
from ringwork.cli.runtime_commands.remembered import Remembered, forget, remember, session_for
from ringwork.kernel.refusal import Refused

_CLIENT = "ringwork"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_LONGEST_WAIT_S = 600.0
_SECRET_BYTES = 32

Url = Annotated[
    str | None,
    typer.Option("--url", help="A control plane elsewhere: its `people.url`. Else: the one of --state."),
]


def login(
    url: Url = None,
    device: Annotated[
        bool, typer.Option("--device", help="Show a code to type in a browser of another machine.")
    ] = False,
    print_url: Annotated[
        bool, typer.Option("--print-url", help="Show the URL, and open no browser; for one of this machine.")
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Log in through the browser. Commands that ask the control plane act as you from then on."""
    place, found, _ = place_of(state, url)
    about = _about(found, state)
    if device or (not print_url and not _has_browser()):
        token = _with_code(found, state)
    else:
        token = _over_loopback(found, state, about, print_url)
    remember(Remembered(place, found, token))
    _show(ask(state, "GET", "/whoami", target=Target(place, found, token)), format)


def logout(url: Url = None, state: State = DEFAULT_STATE) -> None:
    """End your session, here and at the control plane."""
    place, found, _ = place_of(state, url)
    session = session_for(place)
    if session is None:
        raise Refused(
            "not-logged-in", f"nobody is logged in at {found}", "There is nothing to end.", status=409
        )
    try:
        ask(state, "POST", "/logout", target=Target(place, found, session.token))
    except Refused as refused:
        if refused.status != 401:  # it was over already
            raise
    forget(place)
    console().print("You are logged out.", markup=False)


def whoami(url: Url = None, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Who commands act as, and what they may do."""
    target = target_of(state)
    if url is not None:
        place, found, _ = place_of(state, url)
        session = session_for(place)
        if session is None:
            help = f"Log in: `ringwork login --url {found}`."
            raise Refused("not-logged-in", f"nobody is logged in at {found}", help, status=401)
        target = Target(place, found, session.token)
    _show(ask(state, "GET", "/whoami", target=target), format)


def _about(url: str, state: Path) -> dict[str, Any]:
    """The control plane's metadata as an authorization server (RFC 8414)."""
    answer = sent(url, state, "GET", "/.well-known/oauth-authorization-server")
    try:
        said: dict[str, Any] = answer.json()
    except ValueError:
        said = {}
    if answer.status_code != 200 or "authorization_endpoint" not in said:
        message = f"{url} is no control plane people can log in to"
        raise Refused("admin-unanswered", message, "Name its `people.url`, or use --state.")
    return said


def _over_loopback(url: str, state: Path, about: dict[str, Any], print_url: bool) -> str:
    from ringwork.control.people.logins import code_of, s256

    verifier, name = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    receiver = Receiver(name)
    try:
        asked = {
            "response_type": "code",
            "client_id": _CLIENT,
            "redirect_uri": receiver.url,
            "state": name,
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
            "device": socket.gethostname(),
        }
        page = f"{about['authorization_endpoint']}?{urlencode(asked)}"
        _tell(page, code_of(asked["code_challenge"]), opened=not print_url and _open(page))
        brought = receiver.wait(_LONGEST_WAIT_S)
    finally:
        receiver.close()
    if brought is None:
        raise _nobody_came()
    if "code" not in brought:
        raise _failed(brought)
    if brought.get("iss") != about.get("issuer"):
        raise Refused("login-foreign", "another control plane answered", "Log in again.")
    grant = {"grant_type": "authorization_code", "code": brought["code"], "redirect_uri": receiver.url}
    said = _token(url, state, grant | {"code_verifier": verifier})
    return _demanded(said)


def _with_code(url: str, state: Path) -> str:
    said = _posted(url, state, "/login/device", {"device": socket.gethostname()})
    if "device_code" not in said:
        raise _failed(said)
    err = console(stderr=True)
    err.print(f"Open {said['verification_uri']} and type the code", markup=False, soft_wrap=True)
    err.print(f"\n  {said['user_code']}\n", style="bold", markup=False)
    pause, end = int(said["interval"]), time.monotonic() + int(said["expires_in"])
    while time.monotonic() < end:
        time.sleep(pause)
        answer = _token(url, state, {"grant_type": _DEVICE_GRANT, "device_code": said["device_code"]})
        if answer.get("error") == "slow_down":
            pause += 5  # RFC 8628 §3.5
        elif answer.get("error") != "authorization_pending":
            return _demanded(answer)
    raise _nobody_came()


def _token(url: str, state: Path, grant: dict[str, str]) -> dict[str, Any]:
    return _posted(url, state, "/login/token", grant)


def _posted(url: str, state: Path, path: str, form: dict[str, str]) -> dict[str, Any]:
    return said_by(sent(url, state, "POST", path, data=form | {"client_id": _CLIENT}))


def _demanded(said: dict[str, Any]) -> str:
    if "access_token" not in said:
        raise _failed(said)
    return str(said["access_token"])


def _failed(said: dict[str, Any]) -> Refused:
    text = str(said.get("error_description") or said.get("error") or "it was refused").removesuffix(".")
    return Refused("login-refused", text, "Log in again: `ringwork login`.", status=403)


def _nobody_came() -> Refused:
    return Refused("login-over", "nobody approved it in ten minutes", "Log in again: `ringwork login`.")


def _tell(page: str, code: str, *, opened: bool) -> None:
    """On standard error: what is on standard output may be read by a program."""
    err = console(stderr=True)
    err.print("Your browser asks you to log in." if opened else "Open this in a browser of this machine:")
    if not opened:
        err.print(page, markup=False, soft_wrap=True)
    err.print(f"It will show the code {code}; allow it only if it does.", markup=False)


def _has_browser() -> bool:
    """Over SSH, or without a screen, the browser is somewhere else."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(page: str) -> bool:
    import webbrowser

    return webbrowser.open(page)


def _show(who: dict[str, Any], format: Output) -> None:
    if format is Output.JSON:
        print_json(who)
        return
    kinds = {"owner": "whoever owns the state directory", "machine-token": who["actor"]}
    groups = f", in {', '.join(who['groups'])}" if who["groups"] else ""
    until = f", until {who['expires_at']}" if who["expires_at"] else ""
    out = console()
    out.print(f"You are {kinds.get(who['credential'], who['name'])}{groups}{until}.", markup=False)
    for grant in who["grants"]:
        out.print(f"For now in {grant['group']}, until {grant['until']}: {grant['reason']}", markup=False)
    out.print(f"May: {', '.join(who['permissions']) or 'nothing'}", markup=False)

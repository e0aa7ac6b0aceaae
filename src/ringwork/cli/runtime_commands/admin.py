"""The admin API of the running control plane, as its commands call it.

As whom: RINGWORK_TOKEN, if it is set; else whoever logged in (`ringwork login`); else, where the state directory is
ours, its own token. Where: RINGWORK_URL, if it is set; else where the state directory says; else, where there is none,
where we logged in last.
"""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringwork.cli.runtime_commands.remembered import last_elsewhere, session_for
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from httpx import Response

# Applying thousands of changed APIs takes its time; what is slower than this is stuck.
_TIMEOUT_SECONDS = 300.0
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """A control plane and what it is called with; `token` None: nothing, yet. `place` is what sessions are
    remembered by.
    """

    place: str
    url: str
    token: str | None = field(repr=False, default=None)


def ask(
    state: Path,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    target: Target | None = None,
    once: str | None = None,
) -> dict[str, Any]:
    """The answer to one admin request; `once`: by which it is known again (`Idempotency-Key`). Raises Refused: not
    running, or as the control plane refuses.
    """
    target = target or target_of(state)
    headers = {} if target.token is None else {"authorization": f"Bearer {target.token}"}
    headers |= {} if once is None else {"idempotency-key": once}
    return answered(sent(target.url, state, method, path, json=body, headers=headers))


def answered(answer: Response) -> dict[str, Any]:
    """What was said. Raises Refused: as the control plane refuses."""
    said = said_by(answer)
    if answer.is_error:
        raise Refused(said["code"], said["detail"], said["help"], status=answer.status_code)
    return said


def sent(url: str, state: Path, method: str, path: str, **request: Any) -> Response:
    """Whatever is answered. Raises Refused when nothing is."""
    import httpx

    trust = ssl.create_default_context() if url.startswith("https") else False
    try:
        return httpx.request(
            method, url + path, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=trust, **request
        )
    except httpx.ConnectError as error:
        if (state / "endpoints.json").exists():
            raise _not_running(state) from None
        raise _unanswered(f"{url} cannot be reached: {error}") from None
    except httpx.HTTPError as error:
        raise _unanswered(f"the control plane did not answer: {error}") from None


def is_answered(state: Path) -> bool:
    """Whether a control plane is there to be asked: one that was named, one that runs on `state`, or, without a state,
    where we logged in last.
    """
    from ringwork.fleet.endpoints import read_endpoints

    if os.environ.get("RINGWORK_URL"):
        return True
    endpoints = read_endpoints(state / "endpoints.json")
    if endpoints is None:
        return not state.exists() and last_elsewhere() is not None
    return _listens(endpoints.admin.url)


def _listens(url: str) -> bool:
    from urllib.parse import urlsplit

    found = urlsplit(url)
    try:
        with socket.create_connection((found.hostname or "", found.port or 443), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def target_of(state: Path) -> Target:
    """Raises Refused: nothing runs there, or nobody may call it."""
    place, url, own = place_of(state)
    token = os.environ.get("RINGWORK_TOKEN")
    if token:
        return Target(place, url, token.strip())
    session = session_for(place)
    if session is not None:
        return Target(place, url, session.token)
    if own is None:
        raise Refused(
            "not-logged-in", f"nobody is logged in at {url}", "Log in: `ringwork login`.", status=401
        )
    return Target(place, url, own.read_text().strip())


def place_of(state: Path, given: str | None = None) -> tuple[str, str, Path | None]:
    """What sessions are remembered by, the URL, and the file of the state's own token. Raises Refused."""
    from ringwork.fleet.endpoints import read_endpoints

    url = given or os.environ.get("RINGWORK_URL")
    if url:
        found = _demand_safe(url.rstrip("/"))
        return found, found, None
    endpoints = read_endpoints(state / "endpoints.json")
    if endpoints is not None:
        own = Path(endpoints.admin.token_file)
        return str(state.absolute()), endpoints.admin.url, own if os.access(own, os.R_OK) else None
    last = None if state.exists() else last_elsewhere()
    if last is None:
        raise _not_running(state)
    return last.place, last.url, None


def _demand_safe(url: str) -> str:
    from urllib.parse import urlsplit

    from ringwork.manifest.people import is_loopback

    found = urlsplit(url)
    if found.scheme == "https" or (found.scheme == "http" and is_loopback(found.hostname or "")):
        return url
    help = "Name it by its URL: https://…, or http:// of this machine."
    raise Refused("url-unsafe", f"tokens are not sent to {url}", help)


def said_by(answer: Response) -> dict[str, Any]:
    """Raises Refused for what is not said by the admin API: its server has no connection left, or it is another."""
    try:
        said: dict[str, Any] = answer.json()
    except ValueError:
        message = f"the control plane answered {answer.status_code}, and not in words of its own"
        raise _unanswered(message) from None
    return said


def _unanswered(message: str) -> Refused:
    return Refused("admin-unanswered", message, "Try again.")


def _not_running(state: Path) -> Refused:
    return Refused(
        "not-running",
        f"no control plane runs on {state}",
        "Start it with `ringwork up ESTATE`, or name its state directory with --state.",
        status=409,
    )

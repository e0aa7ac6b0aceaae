"""The admin API of the running control plane, as its commands call it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from httpx import Response

# Applying thousands of changed APIs takes its time; what is slower than this is stuck.
_TIMEOUT_SECONDS = 300.0


def ask(state: Path, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer to one admin request. Raises Refused: not running, or as the control plane refuses."""
    import httpx

    from ringwork.fleet.endpoints import read_endpoints

    endpoints = read_endpoints(state / "endpoints.json")
    if endpoints is None:
        raise _not_running(state)
    token = Path(endpoints.admin.token_file).read_text().strip()
    try:
        answer = httpx.request(
            method,
            endpoints.admin.url + path,
            json=body,
            headers={"authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )
    except httpx.ConnectError:
        raise _not_running(state) from None
    except httpx.HTTPError as error:
        raise Refused(
            "admin-unanswered", f"the control plane did not answer: {error}", "Try again."
        ) from None
    said = _said(answer)
    if answer.is_error:
        raise Refused(said["code"], said["detail"], said["help"], status=answer.status_code)
    return said


def _said(answer: Response) -> dict[str, Any]:
    """Raises Refused for what is not said by the admin API: its server has no connection left, or it is another."""
    try:
        said: dict[str, Any] = answer.json()
    except ValueError:
        message = f"the control plane answered {answer.status_code}, and not in words of its own"
        raise Refused("admin-unanswered", message, "Try again.") from None
    return said


def _not_running(state: Path) -> Refused:
    return Refused(
        "not-running",
        f"no control plane runs on {state}",
        "Start it with `ringwork up ESTATE`, or name its state directory with --state.",
        status=409,
    )

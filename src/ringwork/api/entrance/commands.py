"""What `ringwork login` asks: a code to show, and the token once a person has approved (RFC 8628, RFC 6749 §4.1)."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringwork.api.entrance.addresses import AUTHORIZE, DEVICE, LOGIN, TOKEN, base_of
from ringwork.api.entrance.forms import form_of
from ringwork.api.entrance.rates import Rates, TooOften
from ringwork.control.people.logins import OAuthError
from ringwork.control.people.model import Arrived
from ringwork.control.people.people import People
from ringwork.kernel.refusal import Refused

CLIENT = "ringwork"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Commands:
    def __init__(self, people: People, rates: Rates) -> None:
        self._people = people
        self._rates = rates

    async def metadata(self, request: Request) -> Response:
        """RFC 8414: where a command finds the rest."""
        base = base_of(request, await run_in_threadpool(self._people.policy))
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": base + AUTHORIZE,
                "token_endpoint": base + TOKEN,
                "device_authorization_endpoint": base + DEVICE,
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", DEVICE_GRANT],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def device(self, request: Request) -> Response:
        """RFC 8628 §3.1. `device` is what the person is shown of the machine that asks."""
        return await _answered(self._device, request)

    async def token(self, request: Request) -> Response:
        """RFC 6749 §4.1.3, RFC 8628 §3.4."""
        return await _answered(self._token, request)

    async def _device(self, request: Request) -> dict[str, Any]:
        form = await form_of(request)
        demand_client(form)
        self._rates.beginning()
        begun = self._people.logins.begin(form.get("device", ""))
        policy = await run_in_threadpool(self._people.policy)
        page = base_of(request, policy) + LOGIN
        return {
            "device_code": begun.device_code,
            "user_code": begun.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={begun.user_code}",
            "expires_in": begun.expires_in_s,
            "interval": begun.interval_s,
        }

    async def _token(self, request: Request) -> dict[str, Any]:
        form = await form_of(request)
        demand_client(form)
        arrived, device = self._taken(form)
        return await run_in_threadpool(self._begun, arrived, device)

    def _taken(self, form: dict[str, str]) -> tuple[Arrived, str]:
        logins = self._people.logins
        match form.get("grant_type"):
            case "authorization_code":
                verifier, receiver = form.get("code_verifier", ""), form.get("redirect_uri", "")
                return logins.take_by_code(form.get("code", ""), verifier=verifier, receiver=receiver)
            case grant if grant == DEVICE_GRANT:
                return logins.take_by_device_code(form.get("device_code", ""))
        raise OAuthError("unsupported_grant_type", "this grant is not given here")

    def _begun(self, arrived: Arrived, device: str) -> dict[str, Any]:
        token, session = self._people.sessions.begin(arrived, device)
        lasting = session.expires_at - session.created_at
        return {
            "access_token": token.text,
            "token_type": "Bearer",
            "expires_in": int(lasting.total_seconds()),
        }


def demand_client(given: dict[str, str]) -> None:
    """There is one, and it is public (RFC 8252 §8.4)."""
    if given.get("client_id") != CLIENT:
        raise OAuthError("invalid_client", f"the client is `{CLIENT}`")


async def _answered(answer: Any, request: Request) -> Response:
    try:
        return JSONResponse(await answer(request))
    except OAuthError as error:
        status = 401 if error.error == "invalid_client" else 400
        return _error(error.error, error.description, status)
    except TooOften as refused:
        return _error("slow_down", refused.message, 429, {"retry-after": str(refused.wait_s)})
    except Refused as refused:
        kind = "invalid_request" if refused.status == 400 else "access_denied"
        kind = "temporarily_unavailable" if refused.status >= 500 else kind
        return _error(kind, f"{refused.message}. {refused.help}", max(400, refused.status))


def _error(error: str, description: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status, headers)

"""Why the authorization server does not do what it is asked: RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2, RFC 9449 §5."""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "access_denied",
    "login_required",
    "unsupported_response_type",
    "request_not_supported",
    "request_uri_not_supported",
    "invalid_dpop_proof",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
    "temporarily_unavailable",
    "server_error",
]
_STATUS = {"invalid_client": 401, "temporarily_unavailable": 503, "server_error": 500}


class Declined(Exception):
    """`description` is for the client's developer: printable ASCII without quotes, and nothing of anybody else's."""

    def __init__(self, code: Code, description: str, *, status: int | None = None, wait_s: int = 0) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status or _STATUS.get(code, 400)
        self.wait_s = wait_s

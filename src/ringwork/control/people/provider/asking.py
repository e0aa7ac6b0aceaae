"""HTTP to the provider: bounded in time and size, never redirected, only where its issuer may send us."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from ringwork.control.people.provider.words import Unanswered
from ringwork.kernel.bodies import gathered
from ringwork.manifest.people import is_loopback

_MOST_BYTES = 512 * 1024
_TIMEOUT = httpx.Timeout(5.0)


class Asking:
    """`ca_pem`: the CAs that may vouch for it; None: the system's."""

    def __init__(self, issuer: str, ca_pem: str | None = None) -> None:
        host = urlsplit(issuer).hostname or ""
        self._on_this_machine = is_loopback(host)
        trust = ssl.create_default_context(cadata=ca_pem) if ca_pem else ssl.create_default_context()
        # An organisation's proxy may be the only way out; there is none to this machine.
        self._client = httpx.Client(verify=trust, timeout=_TIMEOUT, trust_env=not self._on_this_machine)

    def demand_safe(self, url: str) -> str:
        """`url`, if people's secrets may go there. Raises Unanswered."""
        found = urlsplit(url)
        if found.scheme == "https" or (self._on_this_machine and is_loopback(found.hostname or "")):
            return url
        raise Unanswered("the provider names an endpoint that is not https")

    def json(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Status and object; an empty one where the answer is none. Raises Unanswered."""
        asked = {"accept": "application/json", **(headers or {})}
        try:
            with self._client.stream(method, self.demand_safe(url), data=form, headers=asked) as answer:
                body = _bounded(answer)
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(f"the provider does not answer: {type(error).__name__}") from None
        if status >= 500 or 300 <= status < 400:
            raise Unanswered(f"the provider answers {status}")
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        return status, said if isinstance(said, dict) else {}

    def close(self) -> None:
        self._client.close()


def _bounded(answer: httpx.Response) -> bytes:
    body = gathered(answer.iter_bytes(), _MOST_BYTES)
    if body is None:
        raise Unanswered(f"the provider's answer has more than {_MOST_BYTES} bytes")
    return body

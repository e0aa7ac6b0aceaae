"""One look at what an issuer publishes: bounded in size and time, from the address itself and nobody it points to."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Any

from ringwork.manifest.key_sets import MAX_KEY_SET_BYTES, key_set

if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 5.0
_WHOLE_SECONDS = 10.0


class NotFetched(Exception):
    """Why there is nothing new, for people."""


def fetch_key_set(uri: str, ca_pem: str | None) -> dict[str, Any]:
    """Public keys as they are published there. `ca_pem` None: the system's CAs vouch. Raises NotFetched."""
    found = key_set(_body(uri, ca_pem))
    if found.problem is not None:
        raise NotFetched(f"{uri}: what is published there {found.problem}")
    return found.jwks


def _body(uri: str, ca_pem: str | None) -> bytes:
    import httpx  # by those only who have an issuer

    deadline = time.monotonic() + _WHOLE_SECONDS
    headers = {"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity"}
    try:
        context = ssl.create_default_context(cadata=ca_pem)
        timeout = httpx.Timeout(_CONNECT_SECONDS)
        with (
            httpx.Client(verify=context, trust_env=False, timeout=timeout) as client,
            client.stream("GET", uri, headers=headers) as answer,
        ):
            return _taken(uri, answer, deadline)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise NotFetched(f"{uri}: {str(error) or type(error).__name__}") from None


def _taken(uri: str, answer: httpx.Response, deadline: float) -> bytes:
    if answer.is_redirect:
        raise NotFetched(f"{uri}: it redirects, which is not followed; name where the keys are")
    if answer.status_code != 200:
        raise NotFetched(f"{uri}: it answers {answer.status_code}")
    received = bytearray()
    for chunk in answer.iter_raw():
        received += chunk
        if len(received) > MAX_KEY_SET_BYTES:
            raise NotFetched(f"{uri}: what is published there is larger than {MAX_KEY_SET_BYTES} bytes")
        if time.monotonic() > deadline:
            raise NotFetched(f"{uri}: it takes longer than {_WHOLE_SECONDS:g} s")
    return bytes(received)

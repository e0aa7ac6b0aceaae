"""One request to a receiver, by OTLP/HTTP in protobuf (OTLP 1.5, section "OTLP/HTTP").

What may be tried again and what may not is the specification's word: 429, 502, 503, 504 and no answer at all are
tried again; every other failure is final for this request.
"""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ringwork import __version__
from ringwork.fleet.telemetry.receivers import Receiver
from ringwork.kernel.bodies import gathered
from ringwork.usage.otlp.requests import Said

_TIMEOUT_SECONDS = 10.0
_MAX_ANSWER_BYTES = 64 * 1024
_TRIED_AGAIN = frozenset({429, 502, 503, 504})
# A receiver may not silence an exporter for longer.
_LONGEST_RETRY_AFTER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Taken:
    """The receiver has it, but for what it says."""

    said: Said


@dataclass(frozen=True, slots=True)
class Refused:
    """The receiver will never take it."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """To be tried again; `after_seconds` where the receiver says when."""

    why: str
    after_seconds: float | None = None


Outcome = Taken | Refused | Later


class Delivery:
    """A connection to one receiver, kept. `understand` reads the body of an answer."""

    def __init__(self, receiver: Receiver, understand: Callable[[bytes], Said]) -> None:
        """Raises ssl.SSLError or ValueError where `ca_pem` holds no certificates."""
        self.receiver = receiver
        self._understand = understand
        own_cas = None if receiver.ca_pem is None else ssl.create_default_context(cadata=receiver.ca_pem)
        self._client = httpx.Client(
            verify=True if own_cas is None else own_cas,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            headers={
                **dict(receiver.headers),
                "content-type": "application/x-protobuf",
                "content-encoding": "gzip",
                "user-agent": f"ringwork/{__version__}",
            },
        )

    def send(self, body: bytes) -> Outcome:
        """Tries once."""
        try:
            with self._client.stream(
                "POST", self.receiver.endpoint, content=gzip.compress(body, 1, mtime=0)
            ) as response:
                if response.status_code == httpx.codes.OK:
                    return Taken(self._understand(_bounded(response)))
                return _failure(response)
        except httpx.HTTPError as error:
            return Later(f"no answer of {self.receiver.endpoint}: {str(error) or type(error).__name__}")

    def close(self) -> None:
        self._client.close()


def _failure(response: httpx.Response) -> Outcome:
    why = f"{response.url} answered {response.status_code} {response.reason_phrase}"
    if response.status_code in _TRIED_AGAIN:
        return Later(why, retry_after(response.headers.get("retry-after"), datetime.now(UTC)))
    return Refused(why)


def retry_after(field: str | None, now: datetime) -> float | None:
    """Seconds from `now` (RFC 9110 §10.2.3), bounded; None where the field says nothing one could follow."""
    if field is None:
        return None
    try:
        seconds = float(field) if field.isdigit() else (parsedate_to_datetime(field) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


def _bounded(response: httpx.Response) -> bytes:
    """An answer that is longer says nothing."""
    return gathered(response.iter_bytes(), _MAX_ANSWER_BYTES) or b""

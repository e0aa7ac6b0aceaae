"""Logins under way: what a command waits for, and what a browser does meanwhile. In memory, for ten minutes.

A command asks in one of two ways: with a code that a person types (RFC 8628), or with a loopback address that the
browser is sent back to (RFC 8252, RFC 7636). Both show the person the same code, which the command shows, too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, Protocol, TypeVar

from ringwork.control.people.model import Arrived
from ringwork.control.people.tokens import hashed
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

LIFETIME = timedelta(minutes=10)
INTERVAL_S = 2
# More than may begin in ten minutes (`api/entrance/rates.py`).
_MOST = 2_000
_SECRET_BYTES = 32
# RFC 8628 §6.1: no vowels, so no words; 20^8 are enough for the ten minutes and the few tries there are.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CODE_LENGTH = 8
_LONGEST_VERIFIER = 128
_SHORTEST_VERIFIER = 43


class OAuthError(Exception):
    """RFC 6749 §5.2, RFC 8628 §3.5."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(slots=True)
class Asked:
    """A command that waits. `receiver`: its loopback address, with `state`; None: it asks again and again."""

    device_sha256: str
    user_code: str
    device: str
    expires_at: datetime
    challenge: str | None = None
    receiver: str | None = None
    state: str | None = None
    arrived: Arrived | None = None
    refused: bool = False
    code_sha256: str | None = field(default=None, repr=False)
    asked_at: datetime | None = None
    interval_s: int = INTERVAL_S


@dataclass(slots=True)
class Visit:
    """What a browser does for `asked`. `csrf` is in its forms; the rest binds the provider's answer to it."""

    asked: Asked
    expires_at: datetime
    csrf: str
    state: str
    nonce: str
    verifier: str
    arrived: Arrived | None = None

    @property
    def challenge(self) -> str:
        return s256(self.verifier)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a command is told (RFC 8628 §3.2)."""

    device_code: str = field(repr=False)
    user_code: str
    expires_in_s: int
    interval_s: int


class Logins:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: _Ending[Asked] = _Ending(clock)
        self._visits: _Ending[Visit] = _Ending(clock)
        self._lock = Lock()

    def begin(self, device: str) -> Begun:
        """A command without a browser (RFC 8628 §3.1). Raises Refused when too many are under way."""
        code, now = _secret(), self._clock()
        asked = Asked(hashed(code), _user_code(), device, now + LIFETIME)
        with self._lock:
            self._asked.put(asked.device_sha256, asked)
        return Begun(code, asked.user_code, int(LIFETIME.total_seconds()), INTERVAL_S)

    def begin_at(self, receiver: str, *, challenge: str, state: str, device: str) -> Asked:
        """A command that waits on loopback. Raises Refused."""
        asked = Asked(
            hashed(_secret()),
            code_of(challenge),
            device,
            self._clock() + LIFETIME,
            challenge,
            receiver,
            state,
        )
        with self._lock:
            self._asked.put(asked.device_sha256, asked)
        return asked

    def with_code(self, user_code: str) -> Asked | None:
        """The command that shows this code and waits for somebody to type it."""
        wanted = normalised(user_code).encode()
        with self._lock:
            waiting = [each for each in self._asked.all() if each.receiver is None and _is_open(each)]
        found = [each for each in waiting if hmac.compare_digest(each.user_code.encode(), wanted)]
        return found[0] if found else None

    def visit(self, asked: Asked) -> tuple[str, Visit]:
        """A browser begins: what its cookie holds. Raises Refused."""
        name = _secret()
        visit = Visit(asked, asked.expires_at, _secret(), _secret(), _secret(), _secret())
        with self._lock:
            self._visits.put(hashed(name), visit)
        return name, visit

    def visiting(self, name: str | None) -> Visit | None:
        with self._lock:
            return None if name is None else self._visits.get(hashed(name))

    def approve(self, visit: Visit) -> str | None:
        """The person lets the command act for him; the code for its receiver, if it has one. Once."""
        with self._lock:
            asked = visit.asked
            if visit.arrived is None or not _is_open(asked):
                raise _gone()
            asked.arrived, visit.arrived = visit.arrived, None
            visit.expires_at = self._clock()
            if asked.receiver is None:
                return None
            code = _secret()
            asked.code_sha256 = hashed(code)
            return code

    def refuse(self, visit: Visit) -> None:
        with self._lock:
            visit.asked.refused, visit.arrived = True, None
            visit.expires_at = self._clock()

    def take_by_device_code(self, device_code: str) -> tuple[Arrived, str]:
        """Who approved, and the device; once. Raises OAuthError."""
        with self._lock:
            asked, now = self._asked.get(hashed(device_code)), self._clock()
            if asked is None or asked.receiver is not None:
                raise OAuthError("expired_token", "begin anew: this login is not under way")
            too_soon = asked.asked_at is not None and now - asked.asked_at < timedelta(
                seconds=asked.interval_s
            )
            asked.asked_at = now
            if asked.refused:
                self._asked.drop(asked.device_sha256)
                raise OAuthError("access_denied", "it was refused in the browser")
            if asked.arrived is None:
                if too_soon:
                    asked.interval_s += 5
                    raise OAuthError("slow_down", "ask less often")
                raise OAuthError("authorization_pending", "nobody has approved it yet")
            self._asked.drop(asked.device_sha256)
            return asked.arrived, asked.device

    def take_by_code(self, code: str, *, verifier: str, receiver: str) -> tuple[Arrived, str]:
        """The same for a code that came over loopback. A wrong verifier uses it up. Raises OAuthError."""
        sha256 = hashed(code)
        with self._lock:
            asked = next((each for each in self._asked.all() if each.code_sha256 == sha256), None)
            if asked is None or asked.arrived is None or asked.challenge is None:
                raise OAuthError("invalid_grant", "this code is unknown, was used, or has expired")
            self._asked.drop(asked.device_sha256)
        if not _SHORTEST_VERIFIER <= len(verifier) <= _LONGEST_VERIFIER or not hmac.compare_digest(
            s256(verifier).encode(), asked.challenge.encode()
        ):
            raise OAuthError("invalid_grant", "the code was not made for this verifier")
        if receiver != asked.receiver:
            raise OAuthError("invalid_grant", "the code was sent to another redirect_uri")
        return asked.arrived, asked.device


def s256(verifier: str) -> str:
    """RFC 7636 §4.2."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def code_of(challenge: str) -> str:
    """What the command and the browser both show of a login on loopback, so that a person sees they belong together."""
    number = int.from_bytes(hashlib.sha256(challenge.encode()).digest())
    letters = ""
    for _ in range(_CODE_LENGTH):
        number, index = divmod(number, len(_LETTERS))
        letters += _LETTERS[index]
    return _dashed(letters)


def normalised(user_code: str) -> str:
    """As it is shown, however it was typed (RFC 8628 §6.1)."""
    return _dashed("".join(each for each in user_code.upper() if each in _LETTERS)[: _CODE_LENGTH + 1])


def _user_code() -> str:
    return _dashed("".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)))


def _dashed(letters: str) -> str:
    return f"{letters[:4]}-{letters[4:]}"


def _secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


def _is_open(asked: Asked) -> bool:
    return asked.arrived is None and not asked.refused


def _gone() -> Refused:
    help = "Begin anew: `ringwork login`."
    return Refused("login-over", "this login is over, or was never begun", help, status=409)


class _Ends(Protocol):
    expires_at: datetime


E = TypeVar("E", bound=_Ends)


class _Ending(Generic[E]):
    """What ends by itself, and never more than a bound of it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._held: dict[str, E] = {}

    def put(self, name: str, one: E) -> None:
        """Raises Refused when there is no room."""
        now = self._clock()
        self._held = {known: each for known, each in self._held.items() if each.expires_at > now}
        if len(self._held) >= _MOST:
            raise Refused("logins-too-many", "too many logins are under way", "Try again soon.", status=503)
        self._held[name] = one

    def get(self, name: str) -> E | None:
        found = self._held.get(name)
        return found if found is not None and found.expires_at > self._clock() else None

    def all(self) -> list[E]:
        now = self._clock()
        return [each for each in self._held.values() if each.expires_at > now]

    def drop(self, name: str) -> None:
        self._held.pop(name, None)

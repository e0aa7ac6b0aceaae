"""What is written down of a change: who did what to whom, when, and what it was before and after.

Entries hold names and digests, never the things themselves: what is sensitive does not enter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.clock import rfc3339

FORMAT = 1
_LONGEST_REASON = 255


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, `user:alice`, and the way the word came, `command`. `credential`: what proved it, `session:4f…`; None
    where the system's account did.
    """

    name: str
    through: str
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """`action` is `key.revoke`, `subject` what it was done to, `key:4f…`. `before` and `after` are SHA-256 in hex of
    what the store had and has of it; None: nothing.
    """

    action: str
    subject: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Noted:
    """One of many deeds that others did: gateways tell of them. `call`: through which call."""

    deed: Deed
    actor: Actor
    call: Mapping[str, Any]


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
_because: ContextVar[str | None] = ContextVar("because", default=None)
# Where nobody said who acts.
_BY_ITSELF = Actor("ringwork", "control plane")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Changes in here are `actor`'s."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Changes in here are for this reason, of which the first 255 characters are written down."""
    token = _because.set(reason[:_LONGEST_REASON])
    try:
        yield
    finally:
        _because.reset(token)


def current_actor() -> Actor:
    """Who acts here."""
    return _acting.get() or _BY_ITSELF


def entry(
    seq: int,
    at: datetime,
    deed: Deed,
    actor: Actor | None = None,
    call: Mapping[str, Any] | None = None,
) -> bytes:
    """Entry number `seq`, from 0, as canonical JSON (RFC 8785): the bytes that are hashed. `call`: of a gateway's, the
    one it tells of.
    """
    actor = actor or current_actor()
    reason = _because.get()
    given: dict[str, Any] = {} if reason is None else {"reason": reason}
    given |= {} if actor.credential is None else {"credential": actor.credential}
    given |= {} if call is None else {"call": dict(call)}
    return canonical_json(
        {
            "format": FORMAT,
            "seq": seq,
            "at": rfc3339(at),
            "actor": actor.name,
            "through": actor.through,
            "action": deed.action,
            "subject": deed.subject,
            "before": deed.before,
            "after": deed.after,
            **given,
        }
    )

"""What a text is that may be a key: told by its form and checksum first, then by what the store knows.

The form is that of `crates/wall/src/identity/key.rs`; docs/leaked-keys.md has it for other people's scanners.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringwork.control.model import Credential

# What is a key besides has the right checksum: its last six characters.
PATTERN = "rw_[a-z0-9-]{1,32}_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}"
LONGEST_KEY = 3 + 32 + 1 + 12 + 1 + 38


class KeyState(StrEnum):
    """`UNKNOWN` has the form and the checksum, and is on no record here: forged, or of another Ringwork."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    ANOTHER_ENVIRONMENT = "another-environment"
    UNKNOWN = "unknown"
    NO_KEY = "no-key"


@dataclass(frozen=True, slots=True)
class KeyText:
    """The parts of a well-formed key that may be seen; `sha256` is of the whole key, lower-case hex."""

    id: str
    environment: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """`credential` is what is on record of this very key, not of one that only bears its id."""

    state: KeyState
    text: KeyText | None = None
    credential: Credential | None = None


def recognised(
    text: KeyText, on_record: Credential | None, environment: str | None, now: datetime
) -> Recognised:
    """`on_record` is what the store has under the id of `text`. Ids are no secrets: whoever knows one can make up a
    text with it and the right checksum, which must not pass for the key. `environment` None: nothing was applied.
    """
    if on_record is not None and hmac.compare_digest(on_record.sha256, text.sha256):
        return Recognised(state_of(on_record, now), text, on_record)
    if environment is not None and text.environment != environment:
        return Recognised(KeyState.ANOTHER_ENVIRONMENT, text)
    return Recognised(KeyState.UNKNOWN, text)


def state_of(credential: Credential, now: datetime) -> KeyState:
    """Of one on record."""
    if credential.revoked_at is not None:
        return KeyState.REVOKED
    if credential.expires_at is not None and credential.expires_at <= now:
        return KeyState.EXPIRED
    return KeyState.SUSPENDED if credential.suspended else KeyState.ACTIVE

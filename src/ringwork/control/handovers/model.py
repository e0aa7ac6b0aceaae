"""What the store holds of handovers. Frozen; times are aware, UTC, whole seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["waiting", "opened", "ended", "expired"]


@dataclass(frozen=True, slots=True)
class Handover:
    """Secrets for an account. `names`: what each of them is, in order. `sha256`: of the link's own secret."""

    id: str
    sha256: str = field(repr=False)
    account: str
    names: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None = None
    ended_at: datetime | None = None

    def state(self, now: datetime) -> State:
        if self.opened_at is not None:
            return "opened"
        if self.ended_at is not None:
            return "ended"
        return "expired" if now >= self.expires_at else "waiting"

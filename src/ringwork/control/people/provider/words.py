"""What can come of asking a provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Denied(Exception):
    """The provider says no, or what came in its name is not from it. The text holds nothing secret."""


class Unanswered(Exception):
    """There is no word from the provider, for or against anybody: it is away, or not what it says it is."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Somebody the provider vouches for. `claims`: those that lead to a group, each with its value."""

    subject: str
    name: str
    claims: tuple[tuple[str, str], ...]
    sid: str | None = None
    refresh: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody the provider vouches for, with those of the claims that were asked for which it tells."""

    subject: str
    name: str
    claims: dict[str, Any]

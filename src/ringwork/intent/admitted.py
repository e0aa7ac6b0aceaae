"""Who may call on the internal ring, in the domain's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admitted:
    """Services that may call: each of `services`, and those of the functional `groups`; sorted."""

    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

"""Ids that the control plane gives."""

from __future__ import annotations

import secrets

_BYTES = 8


def new_id() -> str:
    """Of chance: it tells nothing of whose it is."""
    return secrets.token_hex(_BYTES)

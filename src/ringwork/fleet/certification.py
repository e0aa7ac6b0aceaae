"""Which rings' listeners the embedded CAs certify, and which of the CAs does."""

from __future__ import annotations

from typing import Any

from ringwork.control.authority import INTERNAL, OUTER


def authority_of(ring: str) -> str:
    """The inner CA vouches for no outer listener, and the other way round."""
    return INTERNAL if ring == INTERNAL else OUTER


def is_issued(ring: dict[str, Any], name: str) -> bool:
    """By the embedded CA, as the compiler writes it; any other file is the operator's."""
    return bool(ring["tls"]["certificate_file"] == f"tls/{name}/cert.pem")

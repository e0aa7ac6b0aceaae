"""Bodies of somebody else's making."""

from __future__ import annotations

from collections.abc import Iterable


def gathered(chunks: Iterable[bytes], most: int) -> bytes | None:
    """All of it; None as soon as there are more than `most` bytes."""
    received = bytearray()
    for chunk in chunks:
        received += chunk
        if len(received) > most:
            return None
    return bytes(received)

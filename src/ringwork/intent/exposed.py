"""What the outer rings can send and read of one version, small enough to be kept with every revision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exposed:
    """`lines` is the SHA-256 of its lines in `exposure.lock`; `packed` the listing of `openapi.exposure`
    (`kernel.packed`). `sensitive`: how many lines of it are about sensitive values.
    """

    lines: str
    packed: str
    sensitive: int

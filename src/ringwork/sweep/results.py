"""What a sweep found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["leak", "over-block"]
# Of each kind; what is beyond is counted.
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Discovery:
    """Something that arrived and must not have, or did not arrive and should have.

    `place`: JSON Pointer in the body, `header NAME`, or `operation`; `status` 0 where no response matters. `why`: what
    decides it, with the JSON Pointer of the schema in the contract.
    """

    kind: Kind
    api: str
    version: str
    operation: str
    ring: str
    status: int
    place: str
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Results:
    """`probes`: values, headers and calls that were judged; `undecided`: those that may do either."""

    probes: int = 0
    responses: int = 0
    undecided: int = 0
    operations: int = 0
    seconds: float = 0.0
    found: dict[Discovery, int] = field(default_factory=dict)
    counts: dict[Kind, int] = field(default_factory=lambda: {"leak": 0, "over-block": 0})

    def add(self, discovery: Discovery, times: int = 1) -> None:
        self.counts[discovery.kind] += times
        if discovery in self.found or len(self.found) < 2 * MAX_KEPT:
            self.found[discovery] = self.found.get(discovery, 0) + times

    @property
    def leaks(self) -> int:
        return self.counts["leak"]

    @property
    def over_blocks(self) -> int:
        return self.counts["over-block"]

    @property
    def is_clean(self) -> bool:
        return not self.leaks and not self.over_blocks

    def of(self, kind: Kind) -> Iterable[tuple[Discovery, int]]:
        """In order of API, operation and ring."""
        chosen = [(one, times) for one, times in self.found.items() if one.kind == kind]
        return sorted(chosen, key=lambda pair: (pair[0].api, pair[0].operation, pair[0].ring, pair[0].place))

    def as_dict(self) -> dict[str, Any]:
        return {
            "probes": self.probes,
            "responses": self.responses,
            "operations": self.operations,
            "undecided": self.undecided,
            "seconds": round(self.seconds, 1),
            "leaks": self.leaks,
            "over_blocks": self.over_blocks,
            "found": [
                one.as_dict() | {"times": times}
                for kind in ("leak", "over-block")
                for one, times in self.of(kind)
            ],
        }

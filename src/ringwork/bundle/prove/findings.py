"""What a proof fails on, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringwork.bundle.prove.relations import Difference
from ringwork.kernel.findings import Finding, Location, Severity

# A compiler that went wrong goes wrong everywhere; nobody reads the thousandth case.
MOST = 200


@dataclass(frozen=True, slots=True)
class Violation:
    """More is reached than the estate allows. The shortest witness: a request (`GET https://…`), the field of its
    answer (JSON Pointer), the ring, the line of the estate, and the place in what was emitted: the object's SHA-256
    (`manifest`: the manifest itself) and a JSON Pointer into it.
    """

    code: str
    message: str
    place: Location
    within: str
    pointer: str
    ring: str | None = None
    api: str | None = None
    request: str | None = None
    field: str | None = None

    def as_finding(self) -> Finding:
        witness = [f"ring {self.ring}"] if self.ring is not None else []
        witness += [self.request] if self.request is not None else []
        witness += [f"field {self.field}"] if self.field is not None else []
        shown = f" ({', '.join(witness)})" if witness else ""
        help = (
            f"Nothing was published. It stands in {self.within} at {self.pointer}; please report it as a bug."
        )
        return Finding(self.code, Severity.ERROR, f"not proven: {self.message}{shown}", help, self.place)

    def as_dict(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "ring": self.ring,
            "api": self.api,
            "request": self.request,
            "field": self.field,
            "estate": str(self.place),
            "object": self.within,
            "pointer": self.pointer,
        }


class Unproven(Exception):
    """Nothing of it may be published."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)[:MOST]
        super().__init__(f"{len(self.violations)} violations, the first: {self.violations[0].message}")

    @property
    def findings(self) -> list[Finding]:
        return [violation.as_finding() for violation in self.violations]


def of_manifest(code: str, difference: Difference, ring: str | None = None) -> Violation:
    return Violation(
        code=code,
        message=f"{difference.pointer.rpartition('/')[2]}: {difference.message}",
        place=difference.place or Location("ringwork.yaml"),
        within="manifest",
        pointer=difference.pointer,
        ring=ring,
    )

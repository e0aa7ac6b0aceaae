"""What leaves of a contract's responses on a ring, as the wall reads it. What is visible is decided in
`crates/document`, and written down in `crates/compile`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringwork import _native
from ringwork.audience import Audience
from ringwork.kernel.findings import Finding
from ringwork.openapi.load import from_problems
from ringwork.openapi.model import Operation
from ringwork.openapi.projection import NUMBERED_WORDS


class ResponseFilters(NamedTuple):
    """`projection`: canonical JSON of the object a bundle names. `unservable`: those of the operations that cannot be
    without something this ring may not see; they are not in it. `findings`: what is closed, and why.
    """

    projection: bytes
    unservable: tuple[Operation, ...]
    findings: list[Finding]


def compile_filters(
    native: _native.Contract, ring: Audience, operations: Sequence[Operation]
) -> ResponseFilters:
    """The filters of `operations`, those that labels publish on `ring`. Equal contracts give equal bytes (law 9)."""
    projection, unservable, problems = _native.compile_projection(
        native,
        ring=int(ring),
        words=NUMBERED_WORDS,
        operations=[(operation.id, operation.declared) for operation in operations],
    )
    left_out = tuple(operations[index] for index in unservable)
    return ResponseFilters(projection, left_out, from_problems(problems))

"""What requests of a contract are held to on a ring, as the wall reads it: written down in `crates/compile`, from the
very document the ring reads.
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


class RequestRules(NamedTuple):
    """`validation`: canonical JSON of the object a bundle names. `unservable`: those of the operations whose requests
    nobody can judge; they are not in it. `findings`: why, and what is not taken.
    """

    validation: bytes
    unservable: tuple[Operation, ...]
    findings: list[Finding]


def compile_requests(
    native: _native.Contract, ring: Audience, operations: Sequence[Operation]
) -> RequestRules:
    """The rules of `operations`, those that labels publish on `ring`. Equal contracts give equal bytes (law 9)."""
    validation, unservable, problems = _native.compile_requests(
        native,
        ring=int(ring),
        words=NUMBERED_WORDS,
        operations=[(operation.id, operation.declared) for operation in operations],
    )
    left_out = tuple(operations[index] for index in unservable)
    return RequestRules(validation, left_out, from_problems(problems))

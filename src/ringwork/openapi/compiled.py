"""What the wall needs of a contract on a ring. What is visible is decided in `crates/document`, and written down in
`crates/compile`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from ringwork import _native
from ringwork.audience import Audience
from ringwork.kernel.findings import Finding
from ringwork.openapi.load import from_problems
from ringwork.openapi.model import Operation
from ringwork.openapi.projection import NUMBERED_WORDS


class CompiledContract(NamedTuple):
    """`written`: canonical JSON of the object a bundle names. `unservable`: those of the operations that cannot be
    served that way; they are not in it. `findings`: why, and what is closed. Equal contracts give equal bytes (law 9).
    """

    written: bytes
    unservable: tuple[Operation, ...]
    findings: list[Finding]


def compile_filters(
    native: _native.Contract, ring: Audience, operations: Sequence[Operation]
) -> CompiledContract:
    """What leaves of responses of `operations`, those that labels publish on `ring`. Unservable are those that cannot
    be without something the ring may not see.
    """
    return _compiled(_native.compile_projection, native, ring, operations)


def compile_requests(
    native: _native.Contract,
    ring: Audience,
    operations: Sequence[Operation],
    unmatched_until: int | None = None,
) -> CompiledContract:
    """What requests of `operations` are held to, from the very document the ring reads. Unservable are those whose
    requests nobody can judge; those whose patterns nobody can match are there until `unmatched_until` (seconds since
    the Unix epoch), or not at all.
    """
    compile = partial(_native.compile_requests, unmatched_until=unmatched_until)
    return _compiled(compile, native, ring, operations)


def _compiled(
    compile: Callable[..., tuple[bytes, list[int], list[_native.DocumentProblem]]],
    native: _native.Contract,
    ring: Audience,
    operations: Sequence[Operation],
) -> CompiledContract:
    written, unservable, problems = compile(
        native,
        ring=int(ring),
        words=NUMBERED_WORDS,
        operations=[(operation.id, operation.declared) for operation in operations],
    )
    left_out = tuple(operations[index] for index in unservable)
    return CompiledContract(written, left_out, from_problems(problems))

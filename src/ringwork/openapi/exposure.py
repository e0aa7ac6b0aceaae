"""What the outer rings can send and read of a contract. What is visible is decided in `crates/document`."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ringwork import _native
from ringwork.kernel.findings import Finding, in_order
from ringwork.openapi.load import from_problems
from ringwork.openapi.model import Contract
from ringwork.openapi.projection import NUMBERED_WORDS, declared


class Listing(NamedTuple):
    """The lines `_native.expose` describes; empty where nothing is exposed."""

    text: str
    findings: list[Finding]


def expose_contract(
    native: _native.Contract, contract: Contract, *, partner: Collection[str], public: Collection[str]
) -> Listing:
    """`partner` and `public` are the ids of the operations each of them is served."""
    text, problems = _native.expose(
        native,
        words=NUMBERED_WORDS,
        partner=declared(contract, partner),
        public=declared(contract, public),
    )
    return Listing(text, in_order(from_problems(problems)))

"""A change of a contract as one ring sees it: what the ring is not shown cannot break it."""

from __future__ import annotations

from ringwork import _native
from ringwork.audience import Audience, OperationLabels, decide
from ringwork.difference.comparing import compare
from ringwork.difference.report import Difference
from ringwork.governance.labels import read_labels
from ringwork.kernel.findings import Finding
from ringwork.openapi import Contract, RingView
from ringwork.openapi.authentication import Authentication
from ringwork.openapi.load import OpenContract
from ringwork.openapi.projection import project_opened


class Unshown(Exception):
    """A ring's view of a contract cannot be made. Attribute: findings."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("no projection")
        self.findings = findings


def difference(
    old: OpenContract,
    new: OpenContract,
    names: tuple[str, str],
    *,
    ring: Audience,
    flat: bool,
    caps: tuple[Audience, Audience] = (Audience.PUBLIC, Audience.PUBLIC),
) -> Difference:
    """What a change means to `ring`: projections are compared, and findings located where the contracts have them.
    `caps`: beyond what the estate shows nothing of either.

    Raises Unshown.
    """
    seen = projected(old, ring, caps[0]), projected(new, ring, caps[1])
    sources = (_native_of(old), _native_of(new))
    return compare(*seen, names, ring=ring, flat=flat, sources=sources)


def projected(opened: OpenContract, ring: Audience, cap: Audience = Audience.PUBLIC) -> _native.Contract:
    """What `ring` is shown by the labels of the contract, as far as `cap` lets them reach. Raises Unshown."""
    contract = opened.contract
    if contract is None:
        raise Unshown(opened.findings)
    view = RingView(
        ring,
        cap,
        _shown(contract, ring) if cap.reaches(ring) else (),
        (),
        Authentication(False, False, False),
    )
    text, findings = project_opened(opened, view, "json")
    if text is None:
        raise Unshown(findings)
    name = contract.files[0]
    data = text.encode()
    return _native.Contract.load(name, lambda base, reference: (name, data), [])


def _shown(contract: Contract, ring: Audience) -> list[str]:
    """Ids of the operations the labels let a ring see."""
    labels = read_labels(contract, "")
    shown = []
    for operation in contract.operations:
        tags = tuple(label for tag in operation.tags for label in labels.tags.get(tag, ()))
        verdict = decide(
            OperationLabels(
                operation=labels.of_operation(operation),
                path_item=labels.of_path_item(operation),
                caps=(*labels.info, *tags),
            )
        )
        if verdict.published.reaches(ring):
            shown.append(operation.id)
    return shown


def _native_of(opened: OpenContract) -> _native.Contract:
    if opened.native is None:
        raise Unshown(opened.findings)
    return opened.native

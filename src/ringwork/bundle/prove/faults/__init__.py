"""Seeded faults: what a compiler that went wrong could have written. The proof must refuse every one of them.

One fault per decision that stands in what is emitted; `ringwork prove --inject FAULT` shows that the proof bites.
"""

from __future__ import annotations

from ringwork.bundle.prove.faults.agreements import AGREEMENT_FAULTS
from ringwork.bundle.prove.faults.bundles import BUNDLE_FAULTS
from ringwork.bundle.prove.faults.issuers import ISSUER_FAULTS
from ringwork.bundle.prove.faults.manifests import MANIFEST_FAULTS
from ringwork.bundle.prove.faults.observed import OBSERVED_FAULTS
from ringwork.bundle.prove.faults.operations import OPERATION_FAULTS
from ringwork.bundle.prove.faults.projections import PROJECTION_FAULTS
from ringwork.bundle.prove.faults.rings import RING_FAULTS
from ringwork.bundle.prove.faults.routes import ROUTE_FAULTS
from ringwork.bundle.prove.faults.schemas import SCHEMA_FAULTS
from ringwork.bundle.prove.faults.tampering import Fault, Inapplicable, tampered
from ringwork.bundle.prove.faults.validations import VALIDATION_FAULTS

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for faults in (
        MANIFEST_FAULTS,
        RING_FAULTS,
        ISSUER_FAULTS,
        ROUTE_FAULTS,
        AGREEMENT_FAULTS,
        BUNDLE_FAULTS,
        OPERATION_FAULTS,
        PROJECTION_FAULTS,
        VALIDATION_FAULTS,
        SCHEMA_FAULTS,
        OBSERVED_FAULTS,
    )
    for fault in faults
}

__all__ = ["FAULTS", "Fault", "Inapplicable", "tampered"]

"""What emitted bytes let each ring reach, held against what the estate's files allow (law 3).

Reads bundles, agreements and manifest as the gateway does, and the estate by code of its own: neither compiler nor
intent nor governance nor the readers of manifests and documents are imported here (import-linter, `pyproject.toml`).
"""

from ringwork.bundle.prove.again import prove_again, prove_part
from ringwork.bundle.prove.emitted import Emitted
from ringwork.bundle.prove.findings import Unproven, Violation
from ringwork.bundle.prove.manifests import Circumstances, Standing
from ringwork.bundle.prove.proving import Prover
from ringwork.bundle.prove.rings import Trust
from ringwork.bundle.prove.sealing import Proof, Seal

__all__ = [
    "Circumstances",
    "Emitted",
    "Proof",
    "Prover",
    "Seal",
    "Standing",
    "Trust",
    "Unproven",
    "Violation",
    "prove_again",
    "prove_part",
]

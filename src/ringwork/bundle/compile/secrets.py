"""Which secrets a ring's gateways need. Their values never come here: they travel beside the revision."""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.audience import Audience
from ringwork.bundle.compile.bundles import CompiledApi
from ringwork.bundle.compile.operations import visible
from ringwork.intent.model import MASKING_KEY, OperationIntent


def secrets(apis: Sequence[CompiledApi], ring: Audience) -> list[str]:
    """References the ring's bundles hold, and the key that values and ids of records are hashed with."""
    found: set[str] = set()
    for api in apis:
        if ring in api.hashing:
            found.add(MASKING_KEY)
        known = api.versions[ring]
        for version in api.intent.versions:
            if version.name in known:
                found.update(version.upstream.secrets)
                if any(_is_hashed(operation, ring) for operation in version.operations):
                    found.add(MASKING_KEY)
    return sorted(found)


def _is_hashed(operation: OperationIntent, ring: Audience) -> bool:
    return operation.record is not None and operation.record[-1] and visible(operation, ring)

"""The tour, in the order it is told. A new step is a function in one of these modules and a line below."""

from __future__ import annotations

from examples.acme.guide import Step
from examples.acme.steps import ending, identity, leaving, limits, operating, seeing

STEPS: tuple[Step, ...] = (
    # What an outer ring sees, and what it cannot tell.
    seeing.ESTATE,
    seeing.PLAN,
    seeing.THREE_RINGS,
    seeing.HIDDEN_OR_MISSING,
    seeing.INDISCREET_SERVICES,
    leaving.FIELDS,
    leaving.UNTOLD_RELEASE,
    # Who calls.
    identity.FORGED_HEADERS,
    identity.FEATURES_AND_VERSIONS,
    identity.SERVICES,
    identity.REVOKED_KEY,
    # What comes to an end.
    ending.VERSIONS,
    # How often.
    limits.TWO_KEYS_ONE_LIMIT,
    # Running it.
    operating.EXPLAIN,
    operating.KILLED_GATEWAY,
    operating.BROKEN_API,
    operating.USAGE,
)

"""Audiences: the ordering, what labels mean, and what each ring gets by default. Pure."""

from ringwork.audience.audience import OUTER, RINGS, Audience, narrowest, understood
from ringwork.audience.defaults import RING_DEFAULTS, RingDefaults
from ringwork.audience.exposure import Label, OperationLabels, Overruled, Verdict, decide

__all__ = [
    "OUTER",
    "RINGS",
    "RING_DEFAULTS",
    "Audience",
    "Label",
    "OperationLabels",
    "Overruled",
    "RingDefaults",
    "Verdict",
    "decide",
    "narrowest",
    "understood",
]

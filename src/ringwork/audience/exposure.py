"""Which ring an operation reaches, and why. This is the one place where that is decided.

granted   = operation label capped by path item label; either alone; internal when nobody labelled it
published = granted, capped by everything that encloses it (api.yaml, version, info, tags)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ringwork.audience.audience import Audience

Source = TypeVar("Source")


@dataclass(frozen=True, slots=True)
class Label(Generic[Source]):
    """An audience somebody wrote down, and where (`source` is the caller's: a location, an index)."""

    audience: Audience
    source: Source


@dataclass(frozen=True, slots=True)
class OperationLabels(Generic[Source]):
    """Everything that says something about one operation's audience. Labels on parts of its messages do not: those
    parts are taken out (`crates/document/src/projection`).
    """

    operation: Label[Source] | None = None
    path_item: Label[Source] | None = None
    caps: tuple[Label[Source], ...] = ()


@dataclass(frozen=True, slots=True)
class Overruled(Generic[Source]):
    """A label that is wider than one that encloses it, and therefore has no effect."""

    label: Label[Source]
    by: Label[Source]


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Source]):
    """How far an operation reaches.

    `granted` is what labels ask for, `published` what its enclosure leaves of it. `decided_by` is the label that
    `published` comes from (None: nobody labelled it). `overruled` are labels wider than what encloses them.
    """

    granted: Audience
    published: Audience
    decided_by: Label[Source] | None
    overruled: tuple[Overruled[Source], ...]


def decide(labels: OperationLabels[Source]) -> Verdict[Source]:
    """The verdict on one operation."""
    grants = [label for label in (labels.operation, labels.path_item) if label is not None]
    if not grants:
        return Verdict(Audience.INTERNAL, Audience.INTERNAL, None, ())
    granted = min(grants, key=lambda label: label.audience)
    decisive = min((granted, *labels.caps), key=lambda label: label.audience)
    return Verdict(
        granted=granted.audience,
        published=decisive.audience,
        decided_by=decisive,
        overruled=_overruled(labels),
    )


def _overruled(labels: OperationLabels[Source]) -> tuple[Overruled[Source], ...]:
    """Caps enclose the path item, and both enclose the operation; an operation may well narrow its path item."""
    enclosing = labels.caps
    found = []
    for label in (labels.path_item, labels.operation):
        if label is None:
            continue
        narrowest_cap = min(enclosing, key=lambda cap: cap.audience, default=label)
        if label.audience > narrowest_cap.audience:
            found.append(Overruled(label, narrowest_cap))
        enclosing = (*enclosing, label)
    return tuple(found)

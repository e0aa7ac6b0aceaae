"""Which ring an operation reaches, and why. This is the one place where that is decided.

granted   = operation label capped by path item label; either alone; internal when nobody labelled it
effective = granted, capped by everything that encloses it (api.yaml, version, info, tags)
published = effective, less the rings that some reachable part of the operation is closed to
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ringwork.audience.audience import Audience, narrowest

Source = TypeVar("Source")


@dataclass(frozen=True, slots=True)
class Label(Generic[Source]):
    """An audience somebody wrote down, and where (`source` is the caller's: a location, an index)."""

    audience: Audience
    source: Source


@dataclass(frozen=True, slots=True)
class OperationLabels(Generic[Source]):
    """Everything that says something about one operation's audience.

    `parts` are the labels on parameters, headers, schemas, properties and enum values that its requests and
    responses can reach.
    """

    operation: Label[Source] | None = None
    path_item: Label[Source] | None = None
    caps: tuple[Label[Source], ...] = ()
    parts: tuple[Label[Source], ...] = ()


@dataclass(frozen=True, slots=True)
class Overruled(Generic[Source]):
    """A label that is wider than one that encloses it, and therefore has no effect."""

    label: Label[Source]
    by: Label[Source]


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Source]):
    """How far an operation reaches.

    `granted` is what labels ask for, `effective` what its enclosure leaves of it, `published` what goes live.
    `decided_by` is the label `effective` comes from (None: nobody labelled it).
    `overruled` are labels wider than what encloses them. `withheld_for` are the parts that keep it from rings
    between `published` and `effective`.
    """

    granted: Audience
    effective: Audience
    published: Audience
    decided_by: Label[Source] | None
    overruled: tuple[Overruled[Source], ...]
    withheld_for: tuple[Label[Source], ...]


def decide(labels: OperationLabels[Source]) -> Verdict[Source]:
    """The verdict on one operation."""
    grants = [label for label in (labels.operation, labels.path_item) if label is not None]
    if not grants:
        return Verdict(Audience.INTERNAL, Audience.INTERNAL, Audience.INTERNAL, None, (), ())
    granted = min(grants, key=lambda label: label.audience)
    decisive = min((granted, *labels.caps), key=lambda label: label.audience)
    effective = decisive.audience
    published = min(effective, narrowest(part.audience for part in labels.parts))
    return Verdict(
        granted=granted.audience,
        effective=effective,
        published=published,
        decided_by=decisive,
        overruled=_overruled(labels),
        withheld_for=tuple(part for part in labels.parts if part.audience < effective),
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

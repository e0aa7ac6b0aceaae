"""Interleaved rounds: whatever the machine does meanwhile, it does to everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

Figures = dict[str, list[float]]
Figure = TypeVar("Figure")


def interleaved(
    names: Sequence[str], rounds: int, measure: Callable[[str], Figure]
) -> dict[str, list[Figure]]:
    """`measure(name)` for every name in every round; the order turns, so that nobody is always first."""
    figures: dict[str, list[Figure]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in (*names[shift:], *names[:shift]):
            figures[name].append(measure(name))
    return figures


def ratios(figures: Figures, ours: str, theirs: str) -> tuple[float, ...]:
    """Ours ÷ theirs, round by round."""
    return tuple(a / b for a, b in zip(figures[ours], figures[theirs], strict=True))


def differences(figures: Figures, ours: str, theirs: str) -> tuple[float, ...]:
    """Ours - theirs, round by round."""
    return tuple(a - b for a, b in zip(figures[ours], figures[theirs], strict=True))


def middle(figures: Sequence[float]) -> float:
    return median(figures)

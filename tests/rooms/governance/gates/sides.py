"""Estates as sides of a comparison."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ringwork.app.gating import proposed_side
from ringwork.audience import Audience
from ringwork.governance.assess import Memory, assess
from ringwork.governance.gates.judging import judge_gates
from ringwork.governance.gates.model import GateJudgement, State
from ringwork.governance.gates.side import Side
from ringwork.governance.style import judge_styles
from ringwork.manifest.estate import Estate
from tests.rooms.manifest.estates import write_estate

TODAY = date(2026, 11, 22)
Changes = dict[str, str | bytes | None]


def side_of(root: Path, changes: Changes | None = None) -> tuple[Side, Estate, tuple[Any, ...]]:
    memory, folder = Memory(), write_estate(root, changes or {})
    found = assess(folder, memory=memory)
    styles = judge_styles(folder, found, memory, TODAY).styles if found.snapshot else ()
    return proposed_side(folder, found, memory, None), found.estate, styles


def judged(tmp_path: Path, before: Changes | None, after: Changes, **given: Any) -> GateJudgement:
    """From one estate (None: nothing is live) to another."""
    old = None if before is None else side_of(tmp_path / "old", before)[0]
    new, estate, styles = side_of(tmp_path / "new", after)
    return judge_gates(estate, old, new, styles, today=TODAY, **given)


def states(found: GateJudgement, gate: str, api: str = "orders") -> dict[str, State]:
    """By ring."""
    return {one.ring.label: one.state for one in found.results if (one.gate, one.api) == (gate, api)}


def broken(found: GateJudgement) -> dict[Audience, int]:
    return {change.ring: change.broken for change in found.changes}

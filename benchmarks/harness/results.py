"""What a benchmark found, as a table and as `results/latest.json`."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Relation = Literal[">=", "<="]
_HOLDS: dict[Relation, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Must:
    """The bound a result has to keep."""

    relation: Relation
    bound: float

    def holds(self, value: float) -> bool:
        return _HOLDS[self.relation](value, self.bound)

    def __str__(self) -> str:
        return f"{self.relation} {self.bound:g}"


@dataclass(frozen=True)
class Result:
    """One row. `value` is the median of `rounds`; `name` stays for good. Without `must` it is reported, no more."""

    name: str
    value: float
    unit: str
    rounds: tuple[float, ...]
    compared_with: str
    must: Must | None = None

    @property
    def reached(self) -> bool:
        return self.must is None or self.must.holds(self.value)

    @property
    def demanded(self) -> str:
        return "" if self.must is None else str(self.must)


def table(results: list[Result]) -> str:
    rows = [("name", "value", "must", "", "compared with")]
    for result in results:
        value = f"{result.value:.3g} {result.unit}"
        rows.append((result.name, value, result.demanded, _verdict(result), result.compared_with))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _verdict(result: Result) -> str:
    if result.must is None:
        return "reported"
    return "reached" if result.reached else "MISSED"


def keep(path: Path, results: list[Result], *, taken_at: datetime, machine: str) -> None:
    """Adds results to the file, in the place of earlier ones of those names: `{machine, results: {name: {value, unit,
    rounds, compared_with, must, reached, taken_at}}}`. Figures of another machine are forgotten.
    """
    known = json.loads(path.read_text()) if path.exists() else {}
    rows = known.get("results", {}) if known.get("machine") == machine else {}
    rows |= {result.name: _row(result, taken_at) for result in results}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": machine, "results": rows}, indent=2) + "\n")


def _row(result: Result, taken_at: datetime) -> dict[str, object]:
    row = asdict(result)
    del row["name"]
    return row | {
        "value": round(result.value, 4),
        "rounds": [round(figure, 4) for figure in result.rounds],
        "must": result.demanded,
        "reached": result.reached,
        "taken_at": taken_at.isoformat(timespec="seconds"),
    }

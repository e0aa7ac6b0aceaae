"""Which ruleset a file in an editor is held to: read each time, so that a change of it counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ringwork.style.evaluating import RulesetUnusable, check
from ringwork.style.model import Ruleset
from ringwork.style.reading import BUILT_IN, built_in, read_ruleset

# Where rulesets lie by habit.
NAMES = (".spectral.yaml", ".spectral.yml", ".spectral.json")


@dataclass(frozen=True, slots=True)
class Rules:
    """`named`: the one to use for all; else the nearest above a file, or `spectral:oas`.

    Programs of the nearest are not run: a folder one opens to look at it may be anybody's.
    """

    named: str | None

    def of(self, file: Path) -> Ruleset:
        """Raises RulesetUnusable."""
        if self.named in BUILT_IN:
            return built_in(self.named)[0]
        path = Path(self.named) if self.named is not None else _nearest(file)
        if path is None:
            return built_in("spectral:oas")[0]
        ruleset, findings = read_ruleset(path, trusted=self.named is not None)
        if ruleset is None:
            raise RulesetUnusable(findings)
        check(ruleset)
        return ruleset


def _nearest(file: Path) -> Path | None:
    places = (folder / name for folder in file.parents for name in NAMES)
    return next((path for path in places if path.is_file()), None)

"""The rings' rules as pages: what, why, bad, good, since when, how severe on which ring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ringwork import _native
from ringwork.style.model import Level
from ringwork.style.reading import built_in

_TOPICS = Path(__file__).parent / "rulesets" / "topics"
# In the order in which they are told.
_ORDER = ("simplicity", "naming", "methods", "formats", "texts", "security")
_RINGS = ("internal", "partner", "public")


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule. `bad` and `good` are parts of documents, YAML; `severities` by ring, None for off."""

    code: str
    topic: str
    what: str
    why: str
    bad: str
    good: str
    since: str
    severities: tuple[tuple[str, Level | None], ...]


@cache
def rule_pages() -> tuple[RulePage, ...]:
    """Every rule of `ringwork:internal`, `:partner` and `:public`."""
    return tuple(page for topic in _ORDER for page in _of_topic(topic))


def _of_topic(topic: str) -> Iterator[RulePage]:
    file = _TOPICS / f"{topic}.yaml"
    rules: dict[str, Any] = _native.Document.parse(file.read_bytes(), file.name).value("/rules")
    rings = {ring: built_in(f"ringwork:{ring}")[0].rules for ring in _RINGS}
    for code, rule in rules.items():
        told = rule["extensions"]
        severities = tuple((ring, known[code].level) for ring, known in rings.items())
        since = told.get("since", "0.1.0")
        yield RulePage(
            code, topic, rule["description"], told["why"], told["bad"], told["good"], since, severities
        )

"""`make corpus-projection`: every real document, labelled at random, as each ring sees it; and whether that holds.

Exit status 1 when a law is broken: a ring sees more than the one inside it, a reference dangles, a label stays, a
second projection changes something, or a valid document becomes an invalid one.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.openapi.projection import NUMBERED_WORDS
from tools.corpus_estate import documents
from tools.labelling import label_at_random
from tools.projection_laws import dangling, facts, is_valid, unreachable, why_invalid

SHARE = 0.03
_SCHEMES = [("apiKey", [("type", "apiKey"), ("in", "header"), ("name", "x-api-key")])]
_SERVERS = ["https://api.corpus.test"]
_LABEL = re.compile(r'"x-(enum-)?audience":')


@dataclass
class Outcome:
    """What became of one document. `broken` is empty, or says which law is, and where."""

    document: str
    operations: int = 0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    was_valid: bool = False
    error: str | None = None


def load(name: str, data: bytes) -> _native.Contract:
    """A contract of one file. Raises ContractError."""
    return _native.Contract.load(name, lambda base, reference: (name, data), [])


def projected(
    contract: _native.Contract, ring: Audience, operations: list[int]
) -> tuple[str, list[_native.DocumentProblem]]:
    return _native.project(
        contract,
        ring=ring,
        widest=Audience.PUBLIC,
        words=NUMBERED_WORDS,
        operations=operations,
        servers=_SERVERS,
        schemes=_SCHEMES,
        format="json",
    )


def examine(name: str, document: dict[str, Any], random: Random, share: float = SHARE) -> Outcome:
    """Labels a document, projects it for each ring, and holds the laws against what comes out."""
    outcome = Outcome(name, was_valid=is_valid(document))
    label_at_random(document, random, share)
    try:
        contract = load(name, json.dumps(document).encode())
    except _native.ContractError as error:
        outcome.error = error.problems[0].code
        return outcome
    errors = [problem.code for problem in contract.problems if problem.severity == "error"]
    if errors:
        outcome.error = errors[0]
        return outcome
    outcome.operations = len(contract.operations())
    reach = [random.choice(RINGS) for _ in range(outcome.operations)]
    seen: dict[Audience, frozenset[str]] = {}
    for ring in RINGS:
        served = [number for number, audience in enumerate(reach) if audience.reaches(ring)]
        began = time.perf_counter()
        text, problems = projected(contract, ring, served)
        outcome.seconds += time.perf_counter() - began
        outcome.codes.update(problem.code for problem in problems)
        shown = json.loads(text)
        seen[ring] = facts(shown)
        outcome.broken += [f"{ring.label}: {what}" for what in _mistakes(shown, text, ring, outcome)]
    for inner, outer in ((Audience.INTERNAL, Audience.PARTNER), (Audience.PARTNER, Audience.PUBLIC)):
        more = sorted(seen[outer] - seen[inner])
        outcome.broken += [f"{outer.label} sees what {inner.label} does not: {fact}" for fact in more[:3]]
    return outcome


def _mistakes(shown: dict[str, Any], text: str, ring: Audience, outcome: Outcome) -> Iterator[str]:
    yield from (f"dangling {reference}" for reference in dangling(shown)[:3])
    yield from (f"unreachable {component}" for component in unreachable(shown)[:3])
    if ring.is_outer and _LABEL.search(text):
        yield "a label stays"
    if outcome.was_valid and not is_valid(shown):
        yield f"invalid: {why_invalid(shown)}"
    # Without spaces: what is written for people may be longer than any one file that is read.
    again = load("again.json", json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode())
    second, _ = projected(again, ring, list(range(len(again.operations()))))
    if second != text:
        yield f"projected twice is not projected once: {_difference(text, second)}"


def _difference(first: str, second: str) -> str:
    pairs = zip(first.splitlines(), second.splitlines(), strict=False)
    return next((f"{one.strip()[:80]} → {two.strip()[:80]}" for one, two in pairs if one != two), "length")


def main(corpus: Path, every: int = 1, first: int = 0) -> int:
    """`every` and `first` choose a part of the documents; labels are by their number, whichever part is chosen."""
    chosen = list(enumerate(documents(corpus)))[first::every]
    outcomes = []
    for number, path in chosen:
        document = json.loads(path.read_bytes())
        outcomes.append(examine(str(path.relative_to(corpus)), document, Random(number)))
    show(outcomes)
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def show(outcomes: list[Outcome]) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    rows = [
        ("documents", f"{len(outcomes):,}"),
        ("  not loaded", f"{sum(outcome.error is not None for outcome in outcomes):,}"),
        ("  valid as they were", f"{sum(outcome.was_valid for outcome in outcomes):,}"),
        ("  with a broken law", f"{sum(bool(outcome.broken) for outcome in outcomes):,}"),
        ("operations", f"{sum(outcome.operations for outcome in outcomes):,}"),
        ("seconds to project for three rings", f"{sum(outcome.seconds for outcome in outcomes):,.1f}"),
        ("  the slowest", f"{slowest.seconds:,.1f}  {slowest.document}"),
        ("peak memory, this tool's included", f"{peak_mb:,.0f} MB"),
    ]
    for name, value in rows:
        print(f"{name:<42}{value:>20}")
    codes: Counter[str] = Counter()
    for outcome in outcomes:
        codes.update(outcome.codes)
    print("\nfindings")
    for code, times in codes.most_common():
        print(f"  {code:<46}{times:>11,}")
    for outcome in outcomes:
        for what in outcome.broken:
            print(f"{outcome.document}: {what}")
        if outcome.error:
            print(f"{outcome.document}: not loaded: {outcome.error}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))

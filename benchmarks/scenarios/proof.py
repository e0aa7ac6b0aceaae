"""What a proof costs, in the control plane's own process: `prove_acme_ms`, `prove_corpus_s`, `prove_one_change_ms`.

What is proven is compiled before, and its bytes are at hand, as they are when an estate is applied.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle
from benchmarks.scenarios.changes import median_document, with_operation
from ringwork.bundle.compile import Material, Memo, ServiceTokenTrust, compile_intent
from ringwork.bundle.prove import Circumstances, Emitted, Prover
from ringwork.fleet.trust import provers_trust
from ringwork.governance.assess import Memory, assess

ACME = Path(__file__).resolve().parents[2] / "examples/acme/estate"
ROUNDS = 9
_MATERIAL = Material("bench", "", ServiceTokenTrust("", "", {"keys": []}, 1))
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Site:
    """An estate and a control plane's memory of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.prover = Prover()
        self._memory, self._memo = Memory(), Memo()
        self._objects: dict[str, bytes] = {}

    def prove_s(self) -> float:
        """Seconds, for the estate as it is now."""
        intent = assess(self.root, memory=self._memory).intent
        if intent is None:
            raise RuntimeError(f"{self.root} has no sound ringwork.yaml")
        compiled = compile_intent(
            intent, revision=1, created_at=_BEGINNING, material=_MATERIAL, memo=self._memo
        )
        for name in compiled.objects:
            if name not in self._objects:
                self._objects[name] = compiled.objects[name]
        emitted = Emitted(compiled.manifest, self._objects)
        said = Circumstances(provers_trust(_MATERIAL))
        begun = perf_counter()
        self.prover.prove(emitted, self.root, intent.environment, said)
        return perf_counter() - begun


def acme() -> Result:
    rounds = tuple(Site(ACME).prove_s() * 1_000 for _ in range(ROUNDS))
    return Result("prove_acme_ms", middle(rounds), "ms", rounds, "nothing remembered", Must("<=", 50))


def corpus(estate: Path) -> list[Result]:
    """`estate`: made of all documents of the corpus. One operation more in the API of median size, again and again."""
    site = Site(estate)
    cold = (site.prove_s(),)
    document = median_document(estate)
    text = document.read_text()
    changes = []
    for turn in range(ROUNDS):
        document.write_text(with_operation(text, turn))
        changes.append(site.prove_s() * 1_000)
    document.write_text(text)
    told = "the API of median size changed, everything else remembered"
    return [
        Result("prove_corpus_s", cold[0], "s", cold, "2,639 real APIs, nothing remembered", Must("<=", 60)),
        Result("prove_one_change_ms", middle(changes), "ms", tuple(changes), told, Must("<=", 80)),
    ]

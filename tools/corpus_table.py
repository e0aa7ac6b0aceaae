"""`make corpus`: an estate of all real documents, assessed and compiled as `ringwork up` does it; and what that took.

Exit status 1 when a document becomes neither an API nor an error with a place.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ringwork.bundle.compile import Material, ServiceTokenTrust, compile_intent
from ringwork.governance.assess import Assessment, assess
from ringwork.kernel.findings import Severity
from tools.corpus_estate import Refusal, add_documents, begin_estate, documents

UPSTREAM = "http://127.0.0.1:9"
_NOBODY = Material("corpus", "", ServiceTokenTrust("corpus", "corpus", {"keys": []}, 1))
Made = TypeVar("Made")


class Clock:
    """Seconds of each step, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, step: str, make: Callable[[], Made]) -> Made:
        began = time.perf_counter()
        made = make()
        self.seconds[step] = time.perf_counter() - began
        return made


def main(corpus: Path) -> int:
    chosen, clock = documents(corpus), Clock()
    with tempfile.TemporaryDirectory(prefix="ringwork-corpus-") as folder:
        root = Path(folder, "estate")
        begin_estate(root)
        added = clock.timed("add", lambda: list(add_documents(root, corpus, chosen, UPSTREAM)))
        assessed = clock.timed("assess", lambda: assess(root))
        objects = clock.timed("compile", lambda: compiled_objects(assessed))
    refused = [one for one in added if isinstance(one, Refusal)]
    show(chosen, refused, assessed, objects, clock)
    return 1 if unaccounted(assessed) else 0


def compiled_objects(assessed: Assessment) -> tuple[int, int]:
    """Bundles and agreements of the estate: how many, and their bytes."""
    if assessed.intent is None:
        return 0, 0
    made = compile_intent(assessed.intent, revision=1, created_at=datetime.now(UTC), material=_NOBODY)
    return len(made.objects), sum(map(len, made.objects.values()))


def unaccounted(assessed: Assessment) -> list[str]:
    """APIs that are not live and of which no error says why."""
    read = {exposure.api for exposure in assessed.exposures}
    errors = {finding.api for finding in assessed.findings if finding.severity is Severity.ERROR}
    return [api.name for api in assessed.estate.apis if api.name not in read | errors]


def show(
    chosen: Sequence[Path],
    refused: Sequence[Refusal],
    assessed: Assessment,
    objects: tuple[int, int],
    clock: Clock,
) -> None:
    operations = sum(len(exposure.operations) for exposure in assessed.exposures)
    count, size = objects
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        ("documents", f"{len(chosen):,}"),
        ("  no API (`ringwork api add` says why)", f"{len(refused):,}"),
        ("  APIs that stay behind with an error", f"{len(assessed.dropped):,}"),
        ("  unaccounted for", f"{len(unaccounted(assessed)):,}"),
        ("operations", f"{operations:,}"),
        ("bundles and agreements", f"{count:,}, {size / 1e6:,.0f} MB"),
        *((f"seconds to {step}", f"{seconds:,.1f}") for step, seconds in clock.seconds.items()),
        ("peak memory", f"{peak_mb:,.0f} MB"),
    ]
    for name, value in rows:
        print(f"{name:<42}{value:>20}")
    print("\nfindings")
    codes = Counter((finding.severity.label, finding.code) for finding in assessed.findings)
    codes.update(("refused", one.code) for one in refused)
    for (severity, code), times in codes.most_common():
        print(f"  {severity:<9}{code:<40}{times:>11,}")
    for one in refused:
        print(f"  {one.document.name}: {one.message}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

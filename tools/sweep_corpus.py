"""`make sweep`: real APIs, labelled at random, before a service that answers everything; what arrives is judged.

Exit status 1 when anything leaks, or more than one value in a thousand that should arrive does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ringwork.app.planes import sweeping_plane
from ringwork.audience import Audience
from ringwork.cli.render import console
from ringwork.cli.runtime_commands.sweep import show_results
from ringwork.governance.adding import NewApi, add_api_to_estate
from ringwork.governance.assess import assess
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused
from ringwork.mock.document import METHODS
from ringwork.sweep.results import Results
from ringwork.sweep.running import sweep_estate
from tools.corpus_estate import VERSION, api_name, begin_estate, documents
from tools.labelling import AUDIENCES, label_at_random

SHARE = 0.03
MOST_OVER_BLOCKS = 0.001
_BYTES = range(5_000, 600_000)


def chosen(corpus: Path, count: int, seed: int) -> list[Path]:
    """`count` documents of ordinary size, from all over the corpus; another seed, others."""
    ordinary = [path for path in documents(corpus) if path.stat().st_size in _BYTES]
    return sorted(Random(seed).sample(ordinary, min(count, len(ordinary))))


def add_labelled(root: Path, corpus: Path, paths: list[Path], seed: int) -> Iterator[str]:
    """Adds each document to the estate, with labels nobody thought about; the names of those that are APIs."""
    taken: set[str] = set()
    for path in paths:
        name = api_name(path.relative_to(corpus / "api"), taken)
        taken.add(name)
        document = json.loads(path.read_bytes())
        random = Random(f"{seed} {name}")
        label_at_random(document, random, SHARE)
        for item in document.get("paths", {}).values():
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    item[method]["x-audience"] = random.choice(AUDIENCES)
        labelled = root.parent / f"{name}.json"
        labelled.write_text(json.dumps(document))
        try:
            yield add_api_to_estate(root, _new(name, labelled)).name
        except Refused as refused:
            print(f"{path.relative_to(corpus)}: {refused.message}", file=sys.stderr)


def _new(name: str, document: Path) -> NewApi:
    return NewApi(
        document=document,
        audience=Audience.PUBLIC,
        name=name,
        title=None,
        version=VERSION,
        upstream="mock:",
        owner_team="Corpus",
        owner_contact="corpus@corpus.test",
        label_all=None,
    )


def sweep(corpus: Path, count: int, seed: int) -> Results:
    with tempfile.TemporaryDirectory(prefix="ringwork-corpus-") as folder:
        root = Path(folder) / "estate"
        begin_estate(root)
        names = list(add_labelled(root, corpus, chosen(corpus, count, seed), seed))
        dropped = assess(root).dropped
        sound = [name for name in names if name not in dropped]
        print(f"{len(sound)} APIs of {count} documents, seed {seed}", file=sys.stderr)
        return sweep_estate(
            root, sound, sweeping_plane, system_clock, told=lambda name: print(name, file=sys.stderr)
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--apis", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write all that was found into this file")
    options = parser.parse_args()
    results = sweep(options.corpus, options.apis, options.seed)
    if options.json is not None:
        options.json.write_text(json.dumps(results.as_dict(), indent=1))
    show_results(console(), results)
    return 1 if results.leaks or results.over_blocks > MOST_OVER_BLOCKS * results.probes else 0


if __name__ == "__main__":
    sys.exit(main())

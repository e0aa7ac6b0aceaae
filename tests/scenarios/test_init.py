"""`ringwork init`: an estate from nothing."""

from __future__ import annotations

from pathlib import Path

from ringwork.manifest.load import load_estate
from tests.scenarios.conversation import Say


def test_new_estate_is_sound_and_listens_on_three_rings(tmp_path: Path, say: Say) -> None:
    root = tmp_path / "estate"
    answer = say(
        "init", root, "--organization", "acme", "--owner-team", 'Team: "A" #1', "--owner-contact", "a@b"
    )
    assert answer.code == 0
    estate = load_estate(root)
    assert estate.findings == ()
    assert estate.organization is not None
    manifest = estate.organization.manifest
    assert manifest.owner.team == 'Team: "A" #1'
    assert manifest.domain == "acme.localhost"
    rings = (manifest.rings.internal, manifest.rings.partner, manifest.rings.public)
    assert all(ring is not None and ring.hosts is not None and "localhost" in ring.hosts for ring in rings)
    assert [plan.name for plan in estate.plans] == ["free"]


def test_init_says_what_to_do_next(tmp_path: Path, say: Say) -> None:
    assert "ringwork api add" in say("init", tmp_path / "estate", "--organization", "acme").out


def test_init_takes_sensible_words_where_nobody_answers(tmp_path: Path, say: Say) -> None:
    root = tmp_path / "Shop API 2"
    assert say("init", root).code == 0
    organization = load_estate(root).organization
    assert organization is not None
    assert organization.manifest.organization == "shop-api"


def test_init_overwrites_nothing(tmp_path: Path, say: Say) -> None:
    (tmp_path / "ringwork.yaml").write_text("mine")
    answer = say("init", tmp_path)
    assert answer.code == 2
    assert "already-there" in answer.err
    assert (tmp_path / "ringwork.yaml").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["ringwork.yaml"]


def test_readme_of_ones_own_stays(tmp_path: Path, say: Say) -> None:
    (tmp_path / "README.md").write_text("mine")
    assert say("init", tmp_path, "--organization", "acme").code == 0
    assert (tmp_path / "README.md").read_text() == "mine"


def test_name_that_no_estate_would_accept_is_refused_before_anything_is_written(
    tmp_path: Path, say: Say
) -> None:
    answer = say("init", tmp_path / "estate", "--organization", "ACME Inc.")
    assert answer.code == 2
    assert not (tmp_path / "estate").exists()


def test_editors_find_the_schemas_the_files_name(tmp_path: Path, say: Say) -> None:
    say("init", tmp_path, "--organization", "acme")
    for file in (tmp_path / "ringwork.yaml", tmp_path / "plans" / "free.yaml"):
        first = file.read_text().splitlines()[0]
        assert (file.parent / first.removeprefix("# yaml-language-server: $schema=")).is_file()

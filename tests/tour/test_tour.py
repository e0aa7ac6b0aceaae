"""The tour is true: played as `make tour` plays it, every check of every step holds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from examples.acme.steps import STEPS
from examples.runner.children import REPOSITORY, environment

_TOUR_SECONDS = 300

Report = dict[str, list[tuple[str, bool]]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What each step checked, from one run with a state directory and ports of its own."""
    folder = tmp_path_factory.mktemp("tour")
    file = folder / "report.json"
    own = ("--state", str(folder / "state"), "--ports", "auto", "--report", str(file))
    done = subprocess.run(
        [sys.executable, "-m", "examples.acme.tour", "--yes", *own],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_TOUR_SECONDS,
        check=False,
    )
    print(done.stdout, done.stderr)
    found: Report = json.loads(file.read_text())
    return found


@pytest.mark.parametrize("title", [step.title for step in STEPS])
def test_every_step_of_the_tour_shows_what_it_tells(report: Report, title: str) -> None:
    assert report[title], "a step that checks nothing shows nothing"
    assert [text for text, good in report[title] if not good] == []


def test_steps_have_titles_of_their_own() -> None:
    assert len({step.title for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("title", [step.title for step in STEPS])
def test_the_page_about_the_tour_knows_every_step(title: str) -> None:
    assert f"| {title} |" in (REPOSITORY / "docs" / "tour.md").read_text()

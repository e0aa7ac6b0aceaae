"""What README and docs name is there: files, links, commands, targets of make, requirements."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ringwork.cli.main import build

REPOSITORY = Path(__file__).resolve().parents[2]
REQUIREMENTS = {"A": 8, "B": 17, "C": 9, "D": 5, "E": 6, "F": 9}
STATES = ("yes", "partly", "no")

_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_PATH = re.compile(r"`((?:src|crates|tests|docs|examples|tools|benchmarks|\.ci)/[\w./*-]*)`")
_BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:ringwork|make) [^`]+)`")


def pages() -> list[Path]:
    """Every Markdown page of the project that is, or would be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [REPOSITORY / name for name in sorted(set(listed.splitlines()))]


PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))


def commands_in(page: Path) -> Iterator[list[str]]:
    """Words of every `ringwork …` and `make …` in code blocks and code spans; comments left out."""
    text = page.read_text()
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    for line in (*lines, *_INLINE.findall(text)):
        words = line.removeprefix("$ ").partition(" #")[0].split()
        if len(words) > 1 and words[0] in ("ringwork", "make"):
            yield words


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


@cache
def ringwork_command() -> Any:
    return build()


@PAGES
def test_every_linked_file_exists(page: Path) -> None:
    missing = [link for link in _LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not missing


@PAGES
def test_every_path_named_exists(page: Path) -> None:
    named = {path.rstrip("/") for path in _PATH.findall(page.read_text())}
    assert not [path for path in named if not list(REPOSITORY.glob(path))]


@PAGES
def test_every_target_of_make_exists(page: Path) -> None:
    named = {words[1] for words in commands_in(page) if words[0] == "make"}
    assert named <= make_targets()


@PAGES
def test_every_command_and_option_exists(page: Path) -> None:
    wrong = [" ".join(words) for words in commands_in(page) if words[0] == "ringwork" and unknown(words[1:])]
    assert not wrong


def unknown(words: list[str]) -> list[str]:
    """Words that are neither a command where a command is due nor an option of it."""
    command, rest = ringwork_command(), list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            alternatives = name.split("|")  # `ringwork key create|revoke`
            return [one for one in alternatives if one not in command.commands]
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    return [word for word in rest if word.startswith("-") and word.partition("=")[0] not in options]


def test_a_wrong_command_would_be_noticed() -> None:
    assert unknown(["pland"])
    assert unknown(["plan", "--no-such-option"])
    assert not unknown(["plan"])


def feature_rows() -> dict[str, str]:
    """Requirement id → what the README says of it; an id that is there twice is an error."""
    rows = re.findall(
        r"^\| ([A-F]\d+) \|[^|]+\| ([^|]+) \|$", (REPOSITORY / "README.md").read_text(), re.MULTILINE
    )
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_feature_table_has_every_requirement() -> None:
    wanted = {f"{letter}{number}" for letter, count in REQUIREMENTS.items() for number in range(1, count + 1)}
    assert set(feature_rows()) == wanted


def test_feature_table_says_of_each_whether_it_is_there() -> None:
    assert not {id: said for id, said in feature_rows().items() if said.partition(":")[0] not in STATES}


def test_readme_begins_with_three_sentences_and_the_two_commands() -> None:
    text = (REPOSITORY / "README.md").read_text()
    introduction, _, rest = text.partition("```sh\n")
    assert introduction.count(".\n") == 3
    first, second = rest.splitlines()[:2]
    assert first.startswith("make demo")
    assert second.startswith("make test")

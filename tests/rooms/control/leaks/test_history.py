"""Keys in a repository's history: in every version of every file, whatever its settings say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ringwork.control.leaks.history import search_history
from ringwork.control.leaks.search import Found, Unread
from ringwork.control.native import mint_key
from ringwork.kernel.refusal import Refused

KEY, OTHER = (mint_key("dev").secret for _ in range(2))
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": "/nonexistent"}
WHO = ("-c", "user.name=a", "-c", "user.email=a@acme.test")


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, check: bool = True) -> str:
        command = ["git", "-C", str(self.root), *WHO, *words]
        environment = os.environ | ALONE
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=check)
        return done.stdout.strip()

    def commit(self, message: str, **files: str | None) -> str:
        for name, text in files.items():
            path = self.root / name.replace("__", ".")
            path.unlink() if text is None else path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def places(repository: Repository) -> list[str]:
    return [str(each) for each in search_history(str(repository.root)) if isinstance(each, Found)]


def test_a_key_that_was_removed_is_found_where_it_was_added(repository: Repository) -> None:
    first = repository.commit("first", app__py=f"one\ntwo\nkey = '{KEY}'\n")
    repository.commit("removed", app__py="one\ntwo\n")
    repository.commit("gone", app__py=None)
    assert places(repository) == [f"{first}:app.py:3:8"]


def test_the_line_is_that_of_the_file(repository: Repository) -> None:
    lines = [f"line {number}" for number in range(1, 100)]
    repository.commit("first", a="\n".join(lines))
    lines[10:12] = ["++ b/fake", "-- a/fake", KEY]
    lines[80] = OTHER
    second = repository.commit("second", a="\n".join(lines))
    assert places(repository) == [f"{second}:a:13:1", f"{second}:a:81:1"]


def test_other_branches_and_messages_are_looked_at(repository: Repository) -> None:
    repository.commit("first")
    repository.git("checkout", "--quiet", "-b", "side")
    side = repository.commit(f"use it\n\ndiff --git a b\nwith {KEY}", a=OTHER)
    repository.git("checkout", "--quiet", "main")
    assert places(repository) == [f"{side}:(message):4:6", f"{side}:a:1:1"]


def test_every_stash_is_looked_at(repository: Repository) -> None:
    repository.commit("first", a="1\n")
    for key in (KEY, OTHER):
        (repository.root / "a").write_text(key)
        repository.git("stash")
    seen = [each.at.key for each in search_history(str(repository.root)) if isinstance(each, Found)]
    assert set(seen) == {KEY, OTHER}


def test_a_key_that_only_a_merge_brought_is_found(repository: Repository) -> None:
    repository.commit("first", a="1\n")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("side", a="side\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit("main", a="main\n")
    repository.git("merge", "side", check=False)
    merge = repository.commit("merged", a=f"side\nmain\n{KEY}\n", b=OTHER)
    assert places(repository) == [f"{merge}:a:3:1", f"{merge}:b:1:1"]


def test_settings_and_attributes_of_the_repository_hide_nothing_and_run_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    for name in ("diff.external", "diff.x.textconv", "diff.x.command", "core.pager", "gpg.program"):
        repository.git("config", name, f"touch {ran}; cat")
    for name, value in (("log.showRoot", "false"), ("log.showSignature", "true"), ("diff.noprefix", "true")):
        repository.git("config", name, value)
    repository.git("config", "diff.mnemonicPrefix", "true")
    files: dict[str, str | None] = {"__gitattributes": "a -diff\nb diff=x\n", "a": KEY, "b": "\0" + OTHER}
    first = repository.commit("first", **files)
    assert places(repository) == [f"{first}:a:1:1", f"{first}:b:1:2"]
    assert not ran.exists()


def test_names_with_blanks_and_other_letters_are_told_as_they_are(repository: Repository) -> None:
    first = repository.commit("first", **{"a b": KEY, "é": OTHER})
    assert places(repository) == [f"{first}:a b:1:1", f"{first}:é:1:1"]


def test_a_line_longer_than_what_is_read_at_once_hides_nothing(repository: Repository) -> None:
    before = "0" * ((1 << 20) - 40)
    first = repository.commit("first", a=f"short\n{before}{KEY}{before}{OTHER}\nshort\n")
    assert places(repository) == [
        f"{first}:a:2:{len(before) + 1}",
        f"{first}:a:2:{2 * len(before) + len(KEY) + 1}",
    ]


def test_a_shallow_clone_is_told(repository: Repository, tmp_path: Path) -> None:
    repository.commit("first", a=KEY)
    repository.commit("second", a="")
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(shallow))
    (told,) = search_history(str(shallow))
    assert isinstance(told, Unread) and "shallow" in told.why


def test_a_hook_of_another_repository_searches_the_one_that_is_named(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repository.commit("first", a=KEY)
    monkeypatch.setenv("GIT_DIR", str(Repository(tmp_path / "other").root / ".git"))
    assert places(repository) == [f"{first}:a:1:1"]


def test_an_empty_repository_has_none(repository: Repository) -> None:
    assert places(repository) == []


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        list(search_history(str(tmp_path)))
    assert refused.value.code == "git-failed" and "not a git repository" in refused.value.message

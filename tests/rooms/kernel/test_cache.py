"""What can be made again is kept, and believed only when it is whole and of this very code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ringwork.kernel import cache
from ringwork.kernel.cache import FileCache


def only_file(folder: Path) -> Path:
    [file] = folder.iterdir()
    return file


def test_an_entry_is_there_for_the_next_process(tmp_path: Path) -> None:
    FileCache(tmp_path).put("orders", b"result")
    assert FileCache(tmp_path).get("orders") == b"result"
    assert FileCache(tmp_path).get("stock") is None


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda entry: b"",
    "half": lambda entry: entry[: len(entry) // 2],
    "changed": lambda entry: entry[:-1] + b"!",
    "longer": lambda entry: entry + b"!",
    "without its hash": lambda entry: b"result",
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_an_entry_that_is_not_whole_is_none(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    FileCache(tmp_path).put("orders", b"result")
    file = only_file(tmp_path)
    file.write_bytes(spoil(file.read_bytes()))
    assert FileCache(tmp_path).get("orders") is None


def test_another_entry_in_its_place_is_none(tmp_path: Path) -> None:
    FileCache(tmp_path / "a").put("orders", b"result")
    FileCache(tmp_path / "b").put("stock", b"other")
    only_file(tmp_path / "a").write_bytes(only_file(tmp_path / "b").read_bytes())
    assert FileCache(tmp_path / "a").get("orders") is None


def test_what_other_code_made_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FileCache(tmp_path).put("orders", b"result")
    monkeypatch.setattr(cache, "code_identity", lambda: b"another release")
    assert FileCache(tmp_path).get("orders") is None


def test_what_nobody_keeps_is_forgotten(tmp_path: Path) -> None:
    kept = FileCache(tmp_path)
    kept.put("orders", b"1")
    kept.put("stock", b"2")
    (tmp_path / "abandoned.new").write_bytes(b"of a process that was killed")
    kept.keep(["stock"])
    assert (kept.get("orders"), kept.get("stock"), len(list(tmp_path.iterdir()))) == (None, b"2", 1)


def test_a_place_that_cannot_be_written_loses_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    nowhere = FileCache(tmp_path / "file" / "cache")
    nowhere.put("orders", b"result")
    nowhere.keep([])
    assert nowhere.get("orders") is None

"""The log is read once, whole and in order, whatever happens to its files and to its reader."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringwork.usage import following
from ringwork.usage.following import CHUNK_BYTES, Follower, Position


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Nobody writes to a file that a test moved away.
    monkeypatch.setattr(following, "_LEFT_AFTER_SECONDS", 0.0)
    return tmp_path / "access.ndjson"


def write(log: Path, *lines: str) -> None:
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def rotate(log: Path, when: int) -> Path:
    return log.rename(log.with_name(f"access-{when:020}.ndjson"))


def texts(follower: Follower) -> list[str]:
    """All there is."""
    found: list[str] = []
    while lines := follower.read():
        found += [line.decode() for line in lines]
    return found


def begun(log: Path) -> Position:
    """Before the first line."""
    log.touch()
    return Follower(log, None).position


def test_who_comes_new_reads_what_comes_from_then_on(log: Path) -> None:
    write(log, "old")
    with log.open("a") as file:
        file.write("being ")
    follower = Follower(log, None)
    write(log, "written", "new")
    assert texts(follower) == ["being written", "new"]


def test_a_log_that_is_not_there_yet_is_read_from_its_beginning(log: Path) -> None:
    waiting = Follower(log, None)
    assert waiting.read() == []
    write(log, "1")
    assert texts(waiting) == ["1"]
    # Nor is anything lost to one who ended while it was waiting.
    again = Follower(log, Follower(log.with_name("none.ndjson"), None).position)
    assert (texts(again), again.gaps) == (["1"], 0)


def test_a_line_is_read_when_it_is_whole(log: Path) -> None:
    follower = Follower(log, begun(log))
    with log.open("a") as file:
        file.write("first\nsec")
        file.flush()
        assert texts(follower) == ["first"]
        file.write("ond\n")
    assert texts(follower) == ["second"]


def test_rotation_loses_nothing(log: Path) -> None:
    follower = Follower(log, begun(log))
    write(log, "1")
    assert texts(follower) == ["1"]
    write(log, "2")
    rotate(log, 1)
    write(log, "3")
    rotate(log, 2)
    write(log, "4")
    assert follower.backlog_bytes() == 6
    assert texts(follower) == ["2", "3", "4"]
    assert (follower.backlog_bytes(), follower.gaps, follower.damaged) == (0, 0, 0)


@pytest.mark.parametrize("rotations", [0, 1, 2])
def test_who_comes_back_goes_on_where_he_was(log: Path, rotations: int) -> None:
    first = Follower(log, begun(log))
    write(log, "1", "2")
    assert texts(first) == ["1", "2"]
    position = first.position
    write(log, "3")
    expected = ["3"]
    for turn in range(rotations):
        rotate(log, turn)
        write(log, f"after {turn}")
        expected.append(f"after {turn}")
    second = Follower(log, position)
    assert (texts(second), second.gaps) == (expected, 0)


def test_what_was_removed_before_it_was_read_is_a_gap_and_the_rest_is_read(log: Path) -> None:
    first = Follower(log, begun(log))
    write(log, "1")
    texts(first)
    position = first.position
    first.close()
    write(log, "lost")
    rotate(log, 1).unlink()
    write(log, "2")
    rotate(log, 2)
    write(log, "3")
    second = Follower(log, position)
    assert (texts(second), second.gaps) == (["2", "3"], 1)


def test_another_file_with_the_same_inode_is_another_file(log: Path) -> None:
    first = Follower(log, begun(log))
    write(log, "1", "2")
    texts(first)
    reused = first.position
    with log.open("r+") as file:  # the same inode, as a new file may get it
        file.truncate(0)
    write(log, "x", "y", "z")
    second = Follower(log, reused)
    assert (texts(second), second.gaps) == (["x", "y", "z"], 1)


def test_a_file_moved_elsewhere_is_not_taken_for_older_ones_unread(log: Path) -> None:
    write(log, "before")
    rotate(log, 1)
    follower = Follower(log, begun(log))
    write(log, "1")
    os.rename(log, log.with_name("taken.log"))
    write(log, "2")
    assert texts(follower) == ["1", "2"]


def test_a_file_emptied_in_place_is_read_anew(log: Path) -> None:
    follower = Follower(log, begun(log))
    write(log, "1", "2")
    texts(follower)
    os.truncate(log, 0)
    write(log, "3")
    assert texts(follower) == ["3"]


def test_what_is_too_long_for_a_line_costs_no_memory_and_no_neighbour(log: Path) -> None:
    follower = Follower(log, begun(log))
    write(log, "1", "x" * (3 * CHUNK_BYTES), "2")
    assert texts(follower) == ["1", "2"]
    assert follower.damaged == 1


def test_a_line_a_crash_cut_short_is_damage(log: Path) -> None:
    follower = Follower(log, begun(log))
    log.write_text("1\nhal")
    rotate(log, 1)
    write(log, "2")
    assert texts(follower) == ["1", "2"]
    assert follower.damaged == 1

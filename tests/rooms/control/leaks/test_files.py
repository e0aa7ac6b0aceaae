"""Keys in files: what is looked at, how far, and that what was not looked at is told."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from ringwork.control.leaks.files import Bounds, search_paths
from ringwork.control.leaks.search import Found, Unread
from ringwork.control.native import mint_key

KEY = mint_key("dev").secret


def places(*paths: Path, bounds: Bounds | None = None) -> list[str]:
    names = map(str, paths)
    return [
        str(each) if isinstance(each, Found) else f"unread {each.file}: {each.why}"
        for each in (search_paths(names) if bounds is None else search_paths(names, bounds))
    ]


def test_a_folder_is_looked_at_to_its_bottom_by_name(tmp_path: Path) -> None:
    for name in ("b/c/deep.txt", "a.txt", ".env"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"first\nkey={KEY}\n")
    assert places(tmp_path) == [f"{tmp_path}/{name}:2:5" for name in (".env", "a.txt", "b/c/deep.txt")]


def test_binary_files_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(bytes(range(256)) * 9_000 + KEY.encode() + b"\0" * 100)
    assert len(places(tmp_path)) == 1


def test_a_packed_log_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    packed = gzip.compress(b"first\n") + gzip.compress(KEY.encode())
    (tmp_path / "access.1").write_bytes(packed)
    assert places(tmp_path) == [f"{tmp_path}/access.1:2:1"]


def test_a_packed_file_is_unpacked_to_its_bound_and_that_is_told(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(KEY.encode() + b"0" * 3_000_000))
    before, told = places(bomb, bounds=Bounds(unpacked=1_000_000))
    assert before == f"{bomb}:1:1" and told.startswith(f"unread {bomb}: it is too long")


def test_a_file_is_read_to_its_bound_and_that_is_told(tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_text(KEY + " " * 100)
    before, told = places(long, bounds=Bounds(read=len(KEY)))
    assert before == f"{long}:1:1" and told.startswith(f"unread {long}: it is too long")


@pytest.mark.parametrize(
    "packed", [b"\x1f\x8bnone", gzip.compress(b"x" * 1_000)[:-9]], ids=["no gzip", "cut"]
)
def test_a_broken_packed_file_is_told(tmp_path: Path, packed: bytes) -> None:
    (tmp_path / "x.gz").write_bytes(packed)
    (told,) = places(tmp_path)
    assert told.startswith("unread ")


def test_links_in_a_folder_lead_nowhere(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret").write_text(KEY)
    (inside / "folder").symlink_to(outside)
    (inside / "file").symlink_to(outside / "secret")
    assert places(inside) == []
    assert places(inside / "file") == [f"{inside}/file:1:1"]


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert places(tmp_path) == []


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    assert list(search_paths([str(tmp_path / "gone")])) == [
        Unread(str(tmp_path / "gone"), "No such file or directory")
    ]

"""Objects are what their names say, or they are written anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ringwork.kernel.canonical import content_hash
from ringwork.kernel.objects import ObjectFolder

A, B = b"first object", b"second object"


class Asked(Mapping[str, bytes]):
    """Remembers whose bytes were asked for."""

    def __init__(self, *data: bytes) -> None:
        self._data = {content_hash(each): each for each in data}
        self.asked: list[bytes] = []

    def __getitem__(self, name: str) -> bytes:
        self.asked.append(self._data[name])
        return self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


def folder(path: Path) -> ObjectFolder:
    return ObjectFolder(path, ".json")


def test_only_what_is_missing_is_asked_for_and_written(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    assert objects.write(Asked(A)) == 1
    both = Asked(A, B)
    assert (objects.write(both), both.asked) == (1, [B])
    assert objects.read(content_hash(A)) == A


@pytest.mark.parametrize("damage", [b"", A[:-1], A[:-1] + b"!"])
def test_what_is_damaged_when_a_process_starts_is_written_anew(tmp_path: Path, damage: bytes) -> None:
    folder(tmp_path).write(Asked(A, B))
    folder(tmp_path).path(content_hash(A)).write_bytes(damage)
    again = Asked(A, B)
    assert (folder(tmp_path).write(again), again.asked) == (1, [A])
    assert folder(tmp_path).read(content_hash(A)) == A


def test_what_became_damaged_since_is_healed(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    objects.write(Asked(A, B))
    objects.path(content_hash(A)).write_bytes(A[:-1] + b"!")
    objects.path(content_hash(B)).unlink()
    assert (objects.heal(Asked(A, B)), objects.heal(Asked(A, B))) == (2, 0)
    assert (objects.read(content_hash(A)), objects.read(content_hash(B))) == (A, B)


def test_what_has_other_content_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    objects.write(Asked(A))
    objects.path(content_hash(A)).write_bytes(B)
    assert not objects.has(content_hash(A))
    with pytest.raises(FileNotFoundError):
        objects.read(content_hash(A))


def test_only_what_is_kept_stays(tmp_path: Path) -> None:
    objects = folder(tmp_path)
    objects.write(Asked(A, B))
    (tmp_path / ".new.killed").mkdir()
    assert objects.keep({content_hash(B)}) == 2
    assert [path.stem for path in tmp_path.iterdir()] == [content_hash(B)]
    assert objects.write(Asked(A)) == 1

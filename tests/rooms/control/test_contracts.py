"""Contracts are kept as they were, once, and never believed when they are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.control.contracts import ContractArchive, Contracts
from ringwork.control.sources import SourceArchive
from ringwork.kernel.canonical import content_hash

TEXT = b"openapi: 3.1.0\n"
NAME = content_hash(TEXT)


class Texts(dict[str, bytes]):
    """Remembers what it was asked for."""

    def __init__(self, *texts: bytes) -> None:
        super().__init__({content_hash(text): text for text in texts})
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> bytes:
        self.asked.append(name)
        return super().__getitem__(name)


def record(*texts: bytes) -> Contracts:
    given = Texts(*texts)
    return Contracts({"orders": {"files": {name: [name, name] for name in given}}}, given)


def test_what_is_kept_is_read_once_and_given_back(tmp_path: Path) -> None:
    archive, texts = ContractArchive(tmp_path / "contracts"), Texts(TEXT)
    archive.write([NAME], texts)
    archive.write([NAME], texts)
    assert texts.asked == [NAME]
    assert archive.read(NAME) == TEXT


@pytest.mark.parametrize("damage", [b"", b"half", b"\x1f\x8b\x08\x00"])
def test_what_is_damaged_is_not_there_and_kept_anew(tmp_path: Path, damage: bytes) -> None:
    archive = ContractArchive(tmp_path)
    archive.write([NAME], Texts(TEXT))
    (tmp_path / f"{NAME}.gz").write_bytes(damage)
    with pytest.raises(FileNotFoundError):
        archive.read(NAME)
    archive.write([NAME], Texts(TEXT))
    assert archive.read(NAME) == TEXT


def test_contracts_go_with_the_last_revision_that_names_them(tmp_path: Path) -> None:
    sources = SourceArchive(tmp_path)
    for number, text in ((1, TEXT), (2, b"other")):
        sources.write(number, estate=b"{}", snapshot=b'{"apis":{}}', parts={}, contracts=record(text))
    sources.copy(1, to=3)
    sources.prune([2, 3])
    assert sources.contract_text(NAME) == TEXT, "what a rollback brought back is kept"
    sources.prune([2])
    with pytest.raises(FileNotFoundError):
        sources.contract_text(NAME)


def test_a_revision_has_readers_where_one_of_its_rings_says_so(tmp_path: Path) -> None:
    sources = SourceArchive(tmp_path)
    for number, said in ((1, "null"), (2, '{"listen": "127.0.0.1:0"}')):
        snapshot = f'{{"apis":{{}},"estate":{{"rings":[{{"documentation":{said}}}]}}}}'.encode()
        sources.write(number, estate=b"{}", snapshot=snapshot, parts={}, contracts=record(TEXT))
        assert sources.contract_text(NAME) == TEXT, "what it was made of is kept anyway"
    assert [sources.is_documented(number) for number in (1, 2, 1, 3)] == [False, True, False, False]

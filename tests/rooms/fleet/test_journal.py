"""A gateway's journal is read on: whole lines only, each once, and what the ledger has is said."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from ringwork.control.records.model import Batch
from ringwork.fleet import journal
from ringwork.fleet.journal import JournalReader
from ringwork.kernel.refusal import Refused
from tests.rooms.control.records import told


class Ledger:
    """Takes what is new, as the store does."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.position: dict[str, int] = {}
        self.away = False

    def positions(self, runs: Collection[str]) -> Mapping[str, int]:
        return {run: self.position.get(run, 0) for run in runs}

    def take(self, batch: Batch) -> int:
        if self.away:
            raise Refused("store-unusable", "it is away", "Wait.", status=503)
        if batch.begin == self.position.get(batch.run, 0):
            self.calls += [one.write.call[-4:] for one in batch.told]
            self.position[batch.run] = batch.end
        return self.position.get(batch.run, 0)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "journal" / "1-1"
    folder.mkdir(parents=True)
    return folder


def line(number: int, kind: str = "outcome") -> bytes:
    said: dict[str, Any] = {"kind": kind, **told(number).model_dump(mode="json")}
    written = json.dumps(said).encode()
    return f"{zlib.crc32(written):08x} ".encode() + written + b"\n"


def reader(run: Path, ledger: Ledger, gateway: str = "edge-1") -> JournalReader:
    return JournalReader(run.parent, gateway=gateway, positions=ledger.positions, take=ledger.take)


def acknowledged(run: Path) -> int:
    return int((run / "acknowledged").read_text().split()[0])


def numbers(*found: int) -> list[str]:
    return [f"{number:04d}" for number in found]


def test_a_journal_is_read_on(run: Path) -> None:
    ledger, segment = Ledger(), run / f"{0:020d}.log"
    reading = reader(run, ledger)
    segment.write_bytes(line(1, "intent") + line(1))
    assert reading.read_on() == 1
    with segment.open("ab") as file:
        file.write(line(2) + line(3)[:30])
    reading.read_on()
    with segment.open("ab") as file:
        file.write(line(3)[30:])
    reading.read_on()
    assert ledger.calls == numbers(1, 2, 3)
    assert acknowledged(run) == segment.stat().st_size


def test_there_need_be_no_journal(tmp_path: Path) -> None:
    assert reader(tmp_path / "journal" / "1-1", Ledger()).read_on() == 0


@pytest.mark.parametrize("chunk", [64, 1_000, 512 * 1024])
def test_lines_are_read_over_chunks_and_segments(
    run: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "CHUNK_BYTES", chunk)
    first = b"".join(map(line, range(1, 6)))
    (run / f"{0:020d}.log").write_bytes(first)
    (run / f"{len(first):020d}.log").write_bytes(line(6) + line(7))
    ledger = Ledger()
    reader(run, ledger).read_on()
    assert ledger.calls == numbers(1, 2, 3, 4, 5, 6, 7)


def test_what_was_torn_is_nothing_and_what_follows_is(run: Path) -> None:
    first = line(1) + line(2)[:50] + b"\n" + line(3)
    torn = line(4)[:50]
    (run / f"{0:020d}.log").write_bytes(first + torn)
    (run / f"{len(first + torn):020d}.log").write_bytes(line(5) + torn)
    ledger = Ledger()
    reading = reader(run, ledger)
    reading.read_on()
    assert ledger.calls == numbers(1, 3, 5)
    end = len(first + torn) + len(line(5))
    assert ledger.position["1-1"] == end
    # It was the last thing a process wrote.
    (run / "ended").touch()
    reading.read_on()
    assert acknowledged(run) == end + len(torn)


def test_a_line_that_was_changed_is_none(run: Path) -> None:
    (run / f"{0:020d}.log").write_bytes(line(1).replace(b"placeOrder", b"otherOrder") + b"{}\nxyz\n\n")
    ledger = Ledger()
    reader(run, ledger).read_on()
    assert ledger.calls == []


def test_a_ledger_that_was_away_gets_everything_once(run: Path) -> None:
    ledger = Ledger()
    (run / f"{0:020d}.log").write_bytes(line(1))
    reading = reader(run, ledger)
    ledger.away = True
    with pytest.raises(Refused):
        reading.read_on()
    assert not (run / "acknowledged").exists()
    ledger.away = False
    reading.read_on()
    reader(run, ledger).read_on()
    assert ledger.calls == numbers(1)


def test_a_ledger_that_is_further_is_followed(run: Path) -> None:
    """The answer to a batch was lost."""
    ledger = Ledger()
    (run / f"{0:020d}.log").write_bytes(line(1))
    reading = reader(run, ledger)
    reading.read_on()
    with (run / f"{0:020d}.log").open("ab") as file:
        file.write(line(2))
    reader(run, ledger).read_on()
    reading.read_on()
    assert ledger.calls == numbers(1, 2)


def test_a_ledger_that_was_put_back_is_told_again(run: Path) -> None:
    """And of what the gateway took away meanwhile it hears nothing, which stops nothing."""
    first = line(1)
    ledger, segment = Ledger(), run / f"{len(first):020d}.log"
    (run / f"{0:020d}.log").write_bytes(first)
    segment.write_bytes(line(2))
    reading = reader(run, ledger)
    reading.read_on()
    ledger.position, ledger.calls = {}, []
    with segment.open("ab") as file:
        file.write(line(3))
    reading.read_on()
    reading.read_on()
    assert ledger.calls == numbers(1, 2, 3)
    ledger.position, ledger.calls = {"1-1": 10}, []
    (run / f"{0:020d}.log").unlink()
    with segment.open("ab") as file:
        file.write(line(4))
    reading.read_on()
    reading.read_on()
    assert ledger.calls == numbers(2, 3, 4)


def test_a_node_that_was_enrolled_anew_tells_nothing_again(run: Path) -> None:
    before, after, segment = Ledger(), Ledger(), run / f"{0:020d}.log"
    segment.write_bytes(line(1))
    reader(run, before).read_on()
    with segment.open("ab") as file:
        file.write(line(2))
    reader(run, after, "edge-2").read_on()
    with segment.open("ab") as file:
        file.write(line(3))
    reader(run, after, "edge-2").read_on()
    assert (before.calls, after.calls) == (numbers(1), numbers(2, 3))


@pytest.mark.parametrize("said", [b'{"kind":"outcome","outcome":"dreamt"}', b"no JSON"])
def test_what_is_not_understood_is_not_passed_over(run: Path, said: bytes) -> None:
    (run / f"{0:020d}.log").write_bytes(line(1) + f"{zlib.crc32(said):08x} ".encode() + said + b"\n")
    ledger = Ledger()
    with pytest.raises(Refused) as refused:
        reader(run, ledger).read_on()
    assert refused.value.code == "record-unreadable"
    assert ledger.calls == []


def test_a_run_that_was_taken_away_is_no_trouble(run: Path) -> None:
    ledger = Ledger()
    reading = reader(run, ledger)
    (run / f"{0:020d}.log").write_bytes(line(1))
    reading.read_on()
    for path in run.iterdir():
        path.unlink()
    run.rmdir()
    assert reading.read_on() == 0

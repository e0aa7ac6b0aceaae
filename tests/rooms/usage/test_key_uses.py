"""When keys were used last is read off the access log: of whole lines, over rotations, once."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ringwork.usage.key_uses import KeyUses, uses_in

MINUTE = 1_798_761_600  # 2027-01-01T00:00Z


def line(minute: int, key: str | None = None, path: str = "/x") -> bytes:
    told = {"time": f"2027-01-01T00:{minute:02}:31.123Z", "ring": "public", "path": path, "consumer": "dev"}
    if key is not None:
        told["key_id"] = key
    return json.dumps(told | {"status": 200}, separators=(",", ":")).encode()


def test_the_last_minute_of_each_key_is_told() -> None:
    lines = [line(1, "a" * 12), line(2, "b" * 12), line(3, "a" * 12), line(4)]
    assert uses_in(lines) == {"a" * 12: MINUTE + 180, "b" * 12: MINUTE + 120}


def test_what_a_caller_writes_is_no_key() -> None:
    forged = line(1, None, path='/","key_id":"cccccccccccc')
    assert uses_in([forged]) == {}
    assert (
        uses_in([b"", b"{", b'x,"key_id":"aaaaaaaaaaaa"', b'{"time":"soon","key_id":"aaaaaaaaaaaa"}']) == {}
    )
    assert uses_in([line(1, "a" * 3), line(1, "\u00e9" * 12)]) == {}


def written(log: Path, *lines: bytes) -> None:
    with log.open("ab") as file:
        file.writelines(each + b"\n" for each in lines)


def rotated(log: Path) -> None:
    """A while ago: nobody writes to it any more."""
    moved = log.rename(log.with_name("access-20270101T000000Z.ndjson"))
    os.utime(moved, (0, 0))


def test_what_was_not_settled_is_told_again_and_what_was_is_not(tmp_path: Path) -> None:
    log, file = tmp_path / "access.ndjson", tmp_path / "uses.json"
    written(log, line(1, "a" * 12))
    uses = KeyUses(log, file)
    assert uses.read() == uses.read() == {"a" * 12: MINUTE + 60}
    uses.close()
    uses = KeyUses(log, file)
    assert uses.read() == {"a" * 12: MINUTE + 60}, "nobody said that it is known"
    uses.settled()
    assert uses.read() == {}
    rotated(log)
    written(log, line(2, "b" * 12))
    uses.close()
    again = KeyUses(log, file)
    assert again.read() == {"b" * 12: MINUTE + 120}
    again.settled()
    again.close()


def test_what_was_logged_before_anybody_read_is_told(tmp_path: Path) -> None:
    log = tmp_path / "access.ndjson"
    written(log, line(1, "a" * 12))
    rotated(log)
    written(log, line(2, "b" * 12))
    uses = KeyUses(log, tmp_path / "uses.json")
    found = uses.read() | uses.read()
    assert found["b" * 12] == MINUTE + 120 and found["a" * 12] == MINUTE + 60
    uses.close()


def test_a_damaged_place_begins_anew(tmp_path: Path) -> None:
    log, file = tmp_path / "access.ndjson", tmp_path / "uses.json"
    written(log, line(1, "a" * 12))
    file.write_text("{")
    assert KeyUses(log, file).read() == {"a" * 12: MINUTE + 60}

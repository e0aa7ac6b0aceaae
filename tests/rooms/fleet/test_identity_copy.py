"""The identity data of a gateway elsewhere: begun anew beside the one in use, small, in its place whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from ringwork._native import IdentityWriter
from ringwork.control.changes import Change, Standing, key_put
from ringwork.control.model import Credential
from ringwork.fleet.remote.identity_copy import IdentityCopy
from ringwork.fleet.remote.protocol import IdentityPart, IdentityPosition
from ringwork.kernel.refusal import Refused

KEYS = 3_000


def put(number: int) -> Change:
    id = f"{number * 7_919 % KEYS:012d}"
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    return key_put(Credential(id, f"{number:064x}", "test", "public", "dev", "app", made_at)).change


def parts(epoch: str) -> Iterator[IdentityPart]:
    """A whole log in parts, as a control plane tells it."""
    for start in range(0, KEYS, 500):
        end = start + 500
        changes = [put(number) for number in range(start, end)]
        yield IdentityPart(epoch=epoch, seq=end, changes=changes, reset=start == 0, more=end < KEYS)


def test_a_copy_is_in_use_when_it_is_whole_and_takes_little_room(tmp_path: Path) -> None:
    copy, brought_on = IdentityCopy(tmp_path / "identity"), IdentityWriter(tmp_path / "batches")
    for part in parts("first"):
        assert not (tmp_path / "identity").exists()
        copy.take(part)
        brought_on.apply(part.changes, part.seq)
    assert copy.position() == IdentityPosition(epoch="first", seq=KEYS)
    assert {file.name for file in tmp_path.iterdir()} == {"identity", "batches"}
    small, large = ((tmp_path / name / "data.mdb").stat().st_size for name in ("identity", "batches"))
    assert small * 3 < large * 2


def test_a_copy_in_use_stays_until_the_next_is_whole_and_goes_on_from_there(tmp_path: Path) -> None:
    copy = IdentityCopy(tmp_path / "identity")
    for part in parts("first"):
        copy.take(part)
    for part in parts("second"):
        assert (tmp_path / "identity" / "epoch").read_text() == "first"
        copy.take(part)
    deleted: Change = {"change": "delete_key", "id": put(1)["id"]}
    copy.take(IdentityPart(epoch="second", seq=KEYS + 1, changes=[deleted]))
    assert copy.position() == IdentityPosition(epoch="second", seq=KEYS + 1)
    del copy
    known = IdentityWriter(tmp_path / "identity")
    assert known.get(put(1)["id"]) is None and known.get(put(2)["id"]) is not None


def standing(epoch: str, *more: str) -> Standing:
    """What holds, as a control plane tells it."""
    told = (json.dumps(put(number)) for number in range(KEYS))
    return Standing(epoch, KEYS, chain(told, more))


def test_what_holds_begins_a_copy_that_goes_on_with_changes(tmp_path: Path) -> None:
    copy = IdentityCopy(tmp_path / "identity")
    copy.begin_anew(standing("first"))
    assert copy.position() == IdentityPosition(epoch="first", seq=KEYS)
    copy.take(
        IdentityPart(epoch="first", seq=KEYS + 1, changes=[{"change": "delete_key", "id": put(1)["id"]}])
    )
    copy.begin_anew(standing("second"))
    assert copy.position() == IdentityPosition(epoch="second", seq=KEYS)
    assert [file.name for file in tmp_path.iterdir()] == ["identity"]
    del copy
    assert IdentityWriter(tmp_path / "identity").get(put(1)["id"]) is not None


def test_a_copy_stays_when_what_holds_is_cut_off(tmp_path: Path) -> None:
    def cut() -> Iterator[str]:
        yield json.dumps(put(1))
        raise Refused("control-unreachable", "lost", "It is tried again.")

    copy = IdentityCopy(tmp_path / "identity")
    copy.begin_anew(standing("first"))
    for broken in (cut(), iter(["no change"])):
        with pytest.raises((Refused, ValueError)):
            copy.begin_anew(Standing("second", 1, broken))
        assert copy.position() == IdentityPosition(epoch="first", seq=KEYS)
        assert [file.name for file in tmp_path.iterdir()] == ["identity"]


def test_what_of_all_that_holds_is_of_a_later_release_opens_nothing(tmp_path: Path) -> None:
    copy = IdentityCopy(tmp_path / "identity")
    later = {**put(KEYS + 1), "id": "zzzzzzzzzzzz", "only_on_mondays": True}
    copy.begin_anew(standing("first", json.dumps(later), '{"change": "put_something"}'))
    del copy
    found = IdentityWriter(tmp_path / "identity")
    assert found.get("zzzzzzzzzzzz") is None and found.get(put(1)["id"]) is not None


def test_what_a_later_release_says_opens_nothing_and_holds_nothing_up(tmp_path: Path) -> None:
    copy = IdentityCopy(tmp_path / "identity")
    first, second, third = put(1), put(2), put(3)
    known = [first, second]
    copy.take(IdentityPart(epoch="e", seq=2, changes=known, reset=True))
    later: list[Change] = [
        {**first, "only_on_mondays": True},
        {"change": "put_something", "id": first["id"]},
        {"change": "revoke_token", "jti": "t", "because": "x"},
        third,
    ]
    copy.take(IdentityPart(epoch="e", seq=6, changes=later))
    assert copy.position().seq == 6
    del copy
    found = IdentityWriter(tmp_path / "identity")
    assert [found.get(each["id"]) is not None for each in (first, second, third)] == [False, True, True]


def test_what_this_release_itself_does_not_understand_is_no_change(tmp_path: Path) -> None:
    writer = IdentityWriter(tmp_path / "identity")
    with pytest.raises(ValueError, match="only_on_mondays"):
        writer.apply([{**put(1), "only_on_mondays": True}], 1)

"""A backup is everything as of one moment, for those it is for, and a state again on either database."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import BufferedIOBase
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pyrage import encrypt
from pyrage.x25519 import Identity
from sqlalchemy import insert, select

from ringwork.control.approvals.model import Approval, Grant
from ringwork.control.backup import Restored, Written, new_identity, read_identities, restore
from ringwork.control.backup.archive import written
from ringwork.control.backup.rows import parts
from ringwork.control.control import Control
from ringwork.control.demands import nothing_demanded
from ringwork.control.directory import ControlDirectory
from ringwork.control.keys import KeyRequest
from ringwork.control.ledger.verify import verify
from ringwork.control.model import Revision
from ringwork.control.native import mint_key
from ringwork.control.node_records import Place
from ringwork.control.store import open_store
from ringwork.control.store.approvals import SqlApprovals, SqlGrants
from ringwork.control.store.schema import NEWEST
from ringwork.control.store.tables import credentials, metadata, sessions
from ringwork.kernel.refusal import Refused
from tests.rooms.control.earlier import write_store
from tests.rooms.control.world import AGREED, NOW, DictionaryNode
from tests.support.postgresql import PostgreSQL

REQUEST = KeyRequest(ring="public", consumer="dev", application="shop", plan="free")
MINE, OTHERS = Identity.generate(), Identity.generate()


def control(root: Path, store: str | None) -> Control:
    return Control(root / "control", DictionaryNode(), mint=mint_key, clock=lambda: NOW, store=store)


@pytest.fixture
def live(tmp_path: Path, store: str | None) -> Iterator[Control]:
    """A control plane with something of everything."""
    made = control(tmp_path / "live", store)
    made.revisions.add(Revision(1, NOW, "cc", "mm", "estate", AGREED))
    made.directory.exposure.write_text("{}")
    (made.directory.revisions / "1.json").write_text('{"orders": "aa"}')
    for _ in range(3):
        made.keys.create(REQUEST)
    made.keys.revoke(made.keys.list(limit=1)[0].id)
    made.secrets.set("orders", "a secret with ünïcode \0 and zero")
    made.authority("internal")
    made.ledger.seal()
    yield made
    made.close()


def backup(made: Control, *identities: Identity) -> tuple[bytes, Written]:
    out = io.BytesIO()
    found = made.backups().create(out, [each.to_public() for each in identities or (MINE,)])
    return out.getvalue(), found


def restored(data: bytes, root: Path, store: str | None = None, by: Identity = MINE) -> Restored:
    return restore(io.BytesIO(data), [by], root / "control", store=store, clock=lambda: NOW)


def contents(made: Control) -> dict[str, list[dict[str, Any]]]:
    """All rows by table, without what a restore begins anew."""
    with made._database.reading_at_once() as connection:
        found = {
            table.name: [
                dict(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in metadata.sorted_tables
        }
    for log in found["identity_log"]:
        del log["epoch"], log["owner"]
    return found


def assert_whole(made: Control) -> None:
    """Its ledger is as it was signed."""
    with made.ledger.export() as lines:
        assert verify(lines, "export", made.ledger.verifier()).findings == []


@pytest.fixture(params=["file", "server"])
def elsewhere(request: pytest.FixtureRequest, postgresql: PostgreSQL) -> Iterator[str | None]:
    """The database it is restored into."""
    if request.param == "file":
        yield None
    else:
        with postgresql.database("TEMPLATE template0") as name:
            yield postgresql.url(name)


def test_all_of_it_is_there_again_on_either_database(
    live: Control, tmp_path: Path, elsewhere: str | None
) -> None:
    data, found = backup(live)
    before = contents(live)
    again = restored(data, tmp_path / "new", elsewhere)
    assert again.rows == found.rows and again.files == found.files and again.made_at == NOW
    with closing(control(tmp_path / "new", None)) as new:
        after = contents(new)
        last = json.loads(after["ledger"].pop()["entry"])
        assert (last["action"], last["reason"]) == ("state.restore", "of 2026-11-21T09:00:00Z")
        assert after.pop("ledger_head") == [{"size": before.pop("ledger_head")[0]["size"] + 1}]
        assert after == before
        assert json.loads(after["ledger"][-1]["entry"])["action"] == "state.backup"
        assert new.secrets.value("secret://orders") == "a secret with ünïcode \0 and zero"
        assert new.authority("internal").certificate_pem == live.authority("internal").certificate_pem
        assert (new.directory.revisions / "1.json").read_text() == '{"orders": "aa"}'
        assert {path.stat().st_mode & 0o77 for path in new.directory.keys.iterdir()} == {0}
        assert_whole(new)


def test_copies_of_identity_data_start_over_and_the_live_store_is_not_taken_for_it(
    live: Control, tmp_path: Path, store: str | None
) -> None:
    restored(backup(live)[0], tmp_path / "new")
    with closing(control(tmp_path / "new", None)) as new:
        assert new.changes.extent().epoch != live.changes.extent().epoch
        assert new.changes.extent().newest == live.changes.extent().newest
    if store is not None:
        with pytest.raises(Refused, match="is not the store of"):
            control(tmp_path / "other", store)


def test_what_is_good_once_and_who_is_logged_in_end_with_a_restore(live: Control, tmp_path: Path) -> None:
    token = live.nodes.invite(Place("edge", ("public",), {}), timedelta(hours=1)).token
    session: dict[str, Any] = dict.fromkeys(("id", "sha256", "person", "device", "claims"), "x") | {
        "refresh": b"sealed"
    }
    session |= dict.fromkeys(("created_at", "expires_at", "used_at", "checked_at"), int(NOW.timestamp()))
    with live._database.writing() as connection:
        connection.execute(insert(sessions).values(session))
    soon = NOW + timedelta(hours=1)
    SqlGrants(live._database).take(
        Grant("g1", "p1", "Bob", "key-making", "4711", NOW, soon), nothing_demanded, None
    )
    SqlApprovals(live._database).add(Approval("a1", "grant", {}, "p1", "Bob", "4711", NOW, soon), None)
    restored(backup(live)[0], tmp_path / "new")
    with closing(control(tmp_path / "new", None)) as new:
        with pytest.raises(Refused, match="enrols nobody"):
            new.nodes.enrol(token.secret, ec.generate_private_key(ec.SECP256R1()).public_key())
        with new._database.reading() as connection:
            row = connection.execute(select(sessions)).one()
        assert (row.ended_at, row.refresh) == (int(NOW.timestamp()), None)
        assert SqlGrants(new._database).held("p1", NOW) == []
        assert SqlApprovals(new._database).open_of("p1", NOW) == 0


def test_what_is_done_meanwhile_is_in_it_whole_or_not_at_all(live: Control, tmp_path: Path) -> None:
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            live.keys.create(REQUEST)
            live.ledger.seal()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        made = [backup(live)[0] for _ in range(3)]
    finally:
        done.set()
        worker.join()
    for number, data in enumerate(made):
        restored(data, tmp_path / f"new-{number}")
        with closing(control(tmp_path / f"new-{number}", None)) as new:
            rows = contents(new)
            created = sum(json.loads(row["entry"])["action"] == "key.create" for row in rows["ledger"])
            assert created == len(rows["credentials"])
            assert_whole(new)


def test_only_those_it_is_for_can_open_it(live: Control, tmp_path: Path) -> None:
    data, _ = backup(live)
    with pytest.raises(Refused) as refused:
        restored(data, tmp_path / "new", by=OTHERS)
    assert refused.value.code == "backup-unreadable"
    assert not (tmp_path / "new" / "control").exists()
    for_both, _ = backup(live, MINE, OTHERS)
    restored(for_both, tmp_path / "new", by=OTHERS)
    assert b"ringwork" not in data and live.directory.keys.joinpath("ledger.key").read_bytes() not in data


def test_one_that_is_cut_short_or_changed_anywhere_restores_nothing(live: Control, tmp_path: Path) -> None:
    data, _ = backup(live)
    spoiled = [data[:cut] for cut in range(0, len(data), len(data) // 23)]
    some = range(0, len(data), len(data) // 23)
    spoiled += [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in some]
    spoiled += [data + b"x", b"", b"no backup at all"]
    for number, bad in enumerate(spoiled):
        with pytest.raises(Refused) as refused:
            restored(bad, tmp_path / "new")
        assert refused.value.code in ("backup-unreadable", "backup-unusable"), (number, refused.value)
        assert list((tmp_path / "new").iterdir()) == []


def test_a_state_that_is_there_and_a_database_that_is_not_empty_are_left_alone(
    live: Control, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    data, _ = backup(live)
    with pytest.raises(Refused) as refused:
        restored(data, tmp_path / "live")
    assert refused.value.code == "state-in-use"
    with postgresql.database("TEMPLATE template0") as name:
        url = postgresql.url(name)
        restored(data, tmp_path / "first", url)
        with pytest.raises(Refused) as refused:
            restored(data, tmp_path / "second", url)
        assert refused.value.code == "store-not-empty"
        assert not (tmp_path / "second" / "control").exists()


def whole(members: dict[str, bytes], count: int | None = None) -> bytes:
    """An archive somebody made who is not us: to a public key anybody can."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w|gz") as tar:
        for name, data in (members | {"end": str(count or len(members)).encode()}).items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return encrypt(packed.getvalue(), [MINE.to_public()])


SAID = {"format": 1, "ringwork": "9", "schema_revision": NEWEST, "made_at": NOW.isoformat()}
ABOUT = json.dumps(SAID).encode()


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"about.json": ABOUT, "control/../../out": b"x"}, "backup-unusable"),
        ({"about.json": ABOUT, "control/keys/../../../out": b"x"}, "backup-unusable"),
        ({"about.json": ABOUT, "/etc/out": b"x"}, "backup-unusable"),
        ({"about.json": ABOUT, "control//out": b"x"}, "backup-unusable"),
        ({"about.json": ABOUT, "store/nothing/0.ndjson": b"{}"}, "backup-unusable"),
        ({"about.json": ABOUT, "store/secrets/0.ndjson": b'{"name": "x"}'}, "backup-unusable"),
        ({"about.json": ABOUT, "store/secrets/0.ndjson": b"no json"}, "backup-unusable"),
        ({"about.json": b'{"format": 2}'}, "backup-unknown"),
        ({"control/x": b"x"}, "backup-unknown"),
        ({"about.json": json.dumps(SAID | {"schema_revision": "0999"}).encode()}, "store-too-new"),
    ],
)
def test_what_no_backup_holds_is_refused_and_nothing_is_written(
    tmp_path: Path, members: dict[str, bytes], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        restored(whole(members), tmp_path / "new")
    assert refused.value.code == code
    assert [path.name for path in tmp_path.rglob("*") if path.name != "new"] == []


def test_links_and_lies_about_how_much_there_is_are_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w|gz") as tar:
        link = tarfile.TarInfo("control/keys")
        link.type, link.linkname = tarfile.SYMTYPE, "/tmp"
        tar.addfile(link)
    for data in (encrypt(packed.getvalue(), [MINE.to_public()]), whole({"about.json": ABOUT}, count=2)):
        with pytest.raises(Refused) as refused:
            restored(data, tmp_path / "new")
        assert refused.value.code == "backup-unusable"


TABLES_OF_0004 = {
    "credentials",
    "identities",
    "identity_changes",
    "identity_log",
    "nodes",
    "revisions",
    "secrets",
}


# Of `credentials`; other tables of then are as they were.
LATER_COLUMNS = {"application_id", "kind"}


def _without_later_columns(table: str, lines: bytes) -> bytes:
    later = LATER_COLUMNS if table == "credentials" else set()
    rows = [json.loads(line) for line in lines.splitlines()]
    kept = [{name: value for name, value in row.items() if name not in later} for row in rows]
    return b"".join(json.dumps(row).encode() + b"\n" for row in kept)


def test_rows_of_an_earlier_release_are_brought_to_this_ones_schema(tmp_path: Path) -> None:
    """As a backup of a release with schema 0004 would be."""
    write_store(tmp_path / "old.db", 3)
    old = ControlDirectory(tmp_path / "old")
    (tmp_path / "old.db").rename(old.database)
    with closing(open_store(old)) as database, database.reading_at_once() as connection:
        members = {"about.json": json.dumps(SAID | {"schema_revision": "0004"}).encode()}
        members |= {
            f"store/{table}/0.ndjson": _without_later_columns(table, lines)
            for table, _, lines in parts(connection)
            if table in TABLES_OF_0004
        }
        keys = [row.id for row in connection.execute(select(credentials))]
    assert keys
    restored(whole(members), tmp_path / "new")
    with closing(control(tmp_path / "new", None)) as new:
        assert [key.id for key in new.keys.list(limit=10)] == keys
        assert new.ledger.seal() is not None


class Full(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, _: Any) -> int:
        raise OSError(28, "No space left on device")


def test_a_disk_that_is_full_is_said_and_nobody_waits() -> None:
    def write() -> None:
        with written(cast(BufferedIOBase, Full()), [MINE.to_public()]) as archive:
            for number in range(200):
                archive.add(f"control/{number}", os.urandom(1 << 16))

    with pytest.raises(OSError, match="No space left"):
        write()


def test_a_key_is_as_age_writes_it_and_is_not_replaced(tmp_path: Path) -> None:
    recipient = new_identity(tmp_path / "key.txt")
    assert (tmp_path / "key.txt").stat().st_mode & 0o77 == 0
    assert [str(each.to_public()) for each in read_identities(tmp_path / "key.txt")] == [recipient]
    with pytest.raises(Refused):
        new_identity(tmp_path / "key.txt")
    for text in ("", "# nothing\n", "AGE-SECRET-KEY-1NONE\n"):
        (tmp_path / "bad.txt").write_text(text)
        with pytest.raises(Refused, match="is no key of age"):
            read_identities(tmp_path / "bad.txt")

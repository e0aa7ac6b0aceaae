"""A node that knows nothing yet: it is given what holds, in one piece, or still knows nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringwork._native import IdentityWriter
from ringwork.control.changes import Standing, key_deleted, key_put
from ringwork.control.directory import ControlDirectory
from ringwork.control.model import Credential
from ringwork.control.native import NativeIdentityNode
from ringwork.control.node import NodeIdentity
from ringwork.control.store import open_store
from ringwork.control.store.change_log import SqlChangeLog, log_change
from ringwork.control.store.database import Database
from tests.rooms.control.world import DictionaryNode

KEYS = 3_000


def credential(number: int) -> Credential:
    id = f"{number * 7_919 % KEYS:012d}"
    return Credential(id, f"{number:064x}", "test", "public", "dev", "app", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path, store: str | None) -> Iterator[Database]:
    """Keys were made in no order, changed and deleted."""
    database = open_store(ControlDirectory(tmp_path / "control"), store)
    with database.writing() as connection:
        for number in range(KEYS):
            log_change(connection, key_put(credential(number)))
        log_change(connection, key_put(credential(5)))
        log_change(connection, key_deleted(credential(7)))
    yield database
    database.close()


class Interrupted(SqlChangeLog):
    """While a node is being filled, `meanwhile` happens."""

    def meanwhile(self) -> None:
        raise NotImplementedError

    @contextmanager
    def standing(self, rings: Collection[str] | None = None) -> Iterator[Standing]:
        with super().standing(rings) as standing:
            yield Standing(standing.epoch, standing.seq, self._interrupted(standing.changes))

    def _interrupted(self, changes: Iterator[str]) -> Iterator[str]:
        for number, change in enumerate(changes):
            if number == KEYS // 2:
                self.meanwhile()
            yield change


def brought_up_to_date(log: SqlChangeLog, node: NativeIdentityNode | DictionaryNode, tmp_path: Path) -> int:
    return NodeIdentity(log, node, ControlDirectory(tmp_path / "control")).bring_up_to_date()


def knows(tmp_path: Path, number: int) -> bool:
    return IdentityWriter(tmp_path / "node").get(credential(number).id) is not None


def test_a_new_node_is_given_what_holds_by_id_and_nothing_else(database: Database, tmp_path: Path) -> None:
    node, log = DictionaryNode(), SqlChangeLog(database)
    assert brought_up_to_date(log, node, tmp_path) == log.extent().newest == node.seq()
    held = [id for id in (credential(number).id for number in range(KEYS)) if id != credential(7).id]
    assert list(node.known) == sorted(held)


def test_a_new_node_takes_less_than_two_thirds_of_what_one_brought_on_in_batches_takes(
    database: Database, tmp_path: Path
) -> None:
    log = SqlChangeLog(database)
    brought_up_to_date(log, NativeIdentityNode(tmp_path / "filled"), tmp_path)
    batches = NativeIdentityNode(tmp_path / "batches")
    while changes := log.after(batches.seq(), limit=500):
        batches.apply(changes)
    filled, brought_on = ((tmp_path / name / "data.mdb").stat().st_size for name in ("filled", "batches"))
    assert filled * 3 < brought_on * 2


def test_a_key_revoked_while_a_node_is_filled_is_not_on_it_when_that_is_done(
    database: Database, tmp_path: Path
) -> None:
    class Revoking(Interrupted):
        def meanwhile(self) -> None:
            with database.writing() as connection:
                log_change(connection, key_deleted(credential(0)))

    node = NativeIdentityNode(tmp_path / "node")
    brought_up_to_date(Revoking(database), node, tmp_path)
    assert not knows(tmp_path, 0) and knows(tmp_path, 1)


def test_a_node_that_was_killed_while_it_was_filled_knows_nobody_and_is_filled_again(
    database: Database, tmp_path: Path
) -> None:
    class Killing(Interrupted):
        def meanwhile(self) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        brought_up_to_date(Killing(database), NativeIdentityNode(tmp_path / "node"), tmp_path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    node = NativeIdentityNode(tmp_path / "node")
    assert node.seq() == 0 and not knows(tmp_path, 1)
    brought_up_to_date(SqlChangeLog(database), node, tmp_path)
    assert knows(tmp_path, 1)

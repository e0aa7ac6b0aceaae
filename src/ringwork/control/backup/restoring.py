"""A backup as a state again: all of it, in one step, or nothing."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path

from pydantic import ValidationError
from pyrage.x25519 import Identity
from sqlalchemy import Connection, delete, update

from ringwork.control.backup import about
from ringwork.control.backup.about import About
from ringwork.control.backup.archive import opened
from ringwork.control.backup.rows import Rows
from ringwork.control.directory import ControlDirectory
from ringwork.control.ledger.deeds import Deed, because
from ringwork.control.store.database import unix
from ringwork.control.store.ledger import noted_in
from ringwork.control.store.place import belongs, new_database
from ringwork.control.store.schema import begin_schema, complete_schema
from ringwork.control.store.tables import (
    approvals,
    enrolments,
    grants,
    handovers,
    identity_changes,
    identity_log,
    invitations,
    sessions,
)
from ringwork.kernel.clock import Clock, rfc3339
from ringwork.kernel.files import PRIVATE_FILE
from ringwork.kernel.refusal import Refused


@dataclass(frozen=True, slots=True)
class Restored:
    """`rows` by table; `files` of `control/`."""

    made_at: datetime
    ringwork: str
    rows: Counter[str]
    files: int


def restore(
    source: BufferedIOBase, identities: Sequence[Identity], control: Path, *, store: str | None, clock: Clock
) -> Restored:
    """Makes `control` (`STATE/control`), which must not be there. `store`: an empty PostgreSQL database; None: SQLite.

    Raises Refused; nothing is left then.
    """
    if control.exists():
        message, help = f"{control.parent} is in use", "Restore into a --state that is not there yet."
        raise Refused("state-in-use", message, help, status=409)
    draft = control.with_name(f"{control.name}.restoring")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        found = _restored(source, identities, ControlDirectory(draft), store, clock)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    os.sync()
    draft.rename(control)
    os.sync()
    return found


def _restored(
    source: BufferedIOBase,
    identities: Sequence[Identity],
    directory: ControlDirectory,
    store: str | None,
    clock: Clock,
) -> Restored:
    with (
        opened(source, identities) as members,
        closing(new_database(directory, store)) as database,
        database.migrating() as connection,
    ):
        said = _about(members)
        begin_schema(connection, database.name, said.schema_revision)
        rows, files = _taken(members, Rows(connection), directory.root)
        complete_schema(connection, said.schema_revision)
        belongs(connection, directory, store)
        _begin_anew(connection, said, clock)
    return Restored(said.made_at, said.ringwork, rows, files)


def _about(members: Iterator[tuple[str, bytes]]) -> About:
    name, data = next(members, ("", b""))
    try:
        if name == about.NAME:
            return About.model_validate_json(data)
    except ValidationError:
        pass
    help = "It was written by a newer Ringwork, or is none."
    raise Refused("backup-unknown", "this is no backup that this release knows", help)


def _taken(members: Iterator[tuple[str, bytes]], rows: Rows, root: Path) -> tuple[Counter[str], int]:
    """Each member to its place. Raises Refused."""
    counted, files = Counter[str](), 0
    for name, data in members:
        kind, _, rest = name.partition("/")
        if kind == "control":
            _write(root / rest, data)
            files += 1
            continue
        table = rest.partition("/")[0]
        try:
            rows.take(table, data)
        except ValueError as error:
            raise Refused("backup-unusable", f"the backup holds {error}", "Use another backup.") from None
        counted[table] += data.count(b"\n")
    return counted, files


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
        file.write(data)


def _begin_anew(connection: Connection, said: About, clock: Clock) -> None:
    """What happened since is not known here. Copies of identity data that gateways were told start over; who was logged
    in has to again, who held or asked for a grant asks anew, and what is good once may have been used: it is good no
    more.
    """
    now = unix(clock())
    over = {"ended_at": now, "ended_because": "restored from a backup", "refresh": None}
    connection.execute(update(identity_log).values(epoch=secrets.token_hex(16)))
    connection.execute(update(sessions).where(sessions.c.ended_at.is_(None)).values(over))
    held = {"ended_at": now, "ended_because": over["ended_because"]}
    connection.execute(update(grants).where(grants.c.ended_at.is_(None), grants.c.until > now).values(held))
    connection.execute(delete(identity_changes).where(identity_changes.c.subject.startswith("grant:")))
    lapsed = {"outcome": "withdrawn", "ended_at": now}
    connection.execute(update(approvals).where(approvals.c.outcome.is_(None)).values(lapsed))
    connection.execute(update(enrolments).where(enrolments.c.used_at.is_(None)).values(used_at=now))
    connection.execute(update(invitations).where(invitations.c.ended_at.is_(None)).values(ended_at=now))
    waiting = update(handovers).where(handovers.c.sealed.is_not(None))
    connection.execute(waiting.values(sealed=None, ended_at=now))
    with because(f"of {rfc3339(said.made_at)}"):
        noted_in(connection, clock(), Deed("state.restore", "state", None, None))
